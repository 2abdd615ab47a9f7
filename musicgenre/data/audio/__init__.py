"""From a file to a waveform, and from a waveform to segments."""
