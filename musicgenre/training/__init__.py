"""From a config to a trained, tested run folder."""
