"""The pitched instruments, by name."""

import math

from numpy.random import Generator

from musicgenre.synthetic.chance import Wave
from musicgenre.synthetic.plucks import Pluck, pluck_wave
from musicgenre.synthetic.tones import Timbre, Tone, tone_wave

GUITARS = {
    "steel_guitar": Pluck(cutoff=22, decay=2.2, damping=0.5, position=0.13),
    "nylon_guitar": Pluck(cutoff=7, decay=1.6, damping=1.2, position=0.3),
    "clean_guitar": Pluck(cutoff=12, decay=2.5, damping=0.6, position=0.22, cabinet=(90, 4800)),
    "jazz_guitar": Pluck(cutoff=5, decay=1.8, damping=1.2, position=0.35, cabinet=(80, 2500)),
    "skank_guitar": Pluck(cutoff=16, decay=0.35, damping=0.8, position=0.15, cabinet=(350, 5000)),
    "muted_guitar": Pluck(cutoff=14, decay=0.25, damping=1.0, position=0.12, cabinet=(200, 5500)),
    "crunch_guitar": Pluck(cutoff=12, decay=3.0, damping=0.5, position=0.15, drive=2.5, cabinet=(90, 4200)),
    "lead_guitar": Pluck(cutoff=9, decay=5.0, damping=0.4, position=0.2, drive=4.0, cabinet=(150, 4000)),
    "distorted_guitar": Pluck(cutoff=16, decay=4.0, damping=0.4, position=0.12, drive=9.0, cabinet=(80, 4600)),
    "palm_mute": Pluck(cutoff=10, decay=0.5, damping=1.2, position=0.1, drive=7.0, cabinet=(70, 3800)),
    "banjo": Pluck(cutoff=25, decay=0.6, damping=0.6, position=0.08, cabinet=(180, 8000)),
    "mandolin": Pluck(cutoff=25, decay=0.5, damping=0.5, position=0.12),
    "harpsichord": Pluck(cutoff=30, decay=1.5, damping=0.4, position=0.1),
    "harp": Pluck(cutoff=8, decay=2.5, damping=0.8, position=0.4),
    "clavinet": Pluck(cutoff=20, decay=0.5, damping=0.7, position=0.1, drive=1.5, cabinet=(120, 5000)),
    "upright_bass": Pluck(cutoff=5, decay=1.2, damping=2.0, position=0.3, cabinet=(40, 1800)),
    "finger_bass": Pluck(cutoff=9, decay=2.0, damping=1.5, position=0.2, cabinet=(35, 2500)),
    "pick_bass": Pluck(cutoff=18, decay=2.5, damping=1.0, position=0.1, drive=1.5, cabinet=(40, 4000)),
    "slap_bass": Pluck(cutoff=30, decay=1.0, damping=1.0, position=0.06, cabinet=(40, 6000)),
}

TONES = {
    "piano": Tone(slope=1.1, fade=0.5, attack=0.004, decay=0.9, release=0.12, detune=2.5),
    "honky_piano": Tone(slope=0.9, fade=0.4, attack=0.003, decay=0.7, release=0.1, detune=14),
    "electric_piano": Tone(slope=1.8, even=0.6, fade=0.25, attack=0.004, decay=1.0, tremolo=0.3),
    "organ": Tone(slope=0.9, even=0.7, attack=0.008, tremolo=0.35, release=0.04, vibrato=8),
    "bubble_organ": Tone(slope=1.3, even=0.4, attack=0.005, release=0.02),
    "church_organ": Tone(slope=0.7, attack=0.05, release=0.2, detune=5),
    "strings": Tone(slope=0.9, attack=0.14, release=0.2, vibrato=14, detune=9),
    "pizzicato": Tone(slope=1.6, fade=0.06, attack=0.004, decay=0.15, release=0.03),
    "fiddle": Tone(slope=0.7, attack=0.05, release=0.05, vibrato=22, breath=0.08, glide=-0.6),
    "cello": Tone(slope=1.0, attack=0.08, release=0.12, vibrato=20, breath=0.04),
    "brass": Tone(slope=0.7, attack=0.035, release=0.06, vibrato=5, detune=7),
    "trumpet": Tone(slope=0.6, attack=0.03, release=0.04, vibrato=16, breath=0.03, glide=-0.5),
    "muted_trumpet": Tone(slope=0.2, even=0.7, attack=0.03, release=0.04, vibrato=18, breath=0.05),
    "saxophone": Tone(slope=0.8, even=0.8, attack=0.04, release=0.06, vibrato=24, breath=0.14, glide=-1.0),
    "clarinet": Tone(slope=1.0, even=0.1, attack=0.04, release=0.05, vibrato=8, breath=0.04),
    "flute": Tone(slope=2.0, attack=0.06, release=0.07, vibrato=20, breath=0.16),
    "horn": Tone(slope=1.5, attack=0.09, release=0.12, vibrato=6),
    "harmonica": Tone(slope=0.5, even=0.6, attack=0.03, release=0.04, vibrato=28, breath=0.1, glide=-1.2, drive=1.2),
    "pedal_steel": Tone(slope=1.3, fade=0.9, attack=0.03, release=0.2, vibrato=24, glide=-2.0, glide_time=0.09),
    "vibraphone": Tone(slope=2.6, even=0.2, fade=0.2, attack=0.003, decay=1.2, tremolo=0.4),
    "voice": Tone(slope=0.5, attack=0.05, release=0.07, vibrato=28, breath=0.05, glide=-1.0, voiced=True),
    "choir": Tone(slope=0.6, attack=0.15, release=0.2, vibrato=18, detune=11, voiced=True),
    "rap": Tone(slope=0.4, attack=0.015, release=0.04, breath=0.18, glide=2.5, glide_time=0.1, voiced=True),
    "growl": Tone(slope=0.2, attack=0.03, release=0.08, breath=0.9, drive=5.0, voiced=True),
    "pad": Tone(slope=1.2, fade=1.2, attack=0.25, release=0.3, detune=13),
    "saw_lead": Tone(slope=0.9, fade=0.4, attack=0.01, release=0.06, vibrato=12, detune=12),
    "square_lead": Tone(slope=1.0, even=0.05, attack=0.008, release=0.05, vibrato=10),
    "synth_pluck": Tone(slope=0.9, fade=0.08, attack=0.003, decay=0.25, release=0.03, detune=8),
    "bell": Tone(slope=1.6, even=0.3, fade=0.3, attack=0.002, decay=0.7, detune=4),
    "synth_bass": Tone(slope=0.9, fade=0.09, attack=0.005, release=0.03, drive=1.5),
    "sub_bass": Tone(slope=3.0, attack=0.006, decay=0.9, release=0.05, glide=7, glide_time=0.02, drive=1.3),
    "dub_bass": Tone(slope=2.4, attack=0.015, decay=1.5, release=0.05, drive=1.4),
}


def sound_wave(
    name: str, midi: tuple[float, ...], seconds: float, timbre: Timbre, sample_rate: int, rng: Generator
) -> Wave:
    """Play one note or chord of a named instrument.

    Args:
        name: A key of `GUITARS` or `TONES`.
        midi: Its pitches as MIDI note numbers, low to high.
        seconds: How long it is held; the release comes after.
        timbre: The artist's way of playing it.
        sample_rate: In Hz.
        rng: Generator for the string's burst, the phases and the vowel.

    Returns:
        Shape (n,), around 0.25 RMS while it sounds.
    """
    pitches = [440.0 * 2.0 ** ((note - 69) / 12) for note in midi]
    if name in GUITARS:
        n = max(int((seconds + 0.02) * sample_rate), 64)
        wave = pluck_wave(GUITARS[name], pitches, n, sample_rate, timbre, rng)
    else:
        tone = TONES[name]
        n = max(int((seconds + tone.release) * sample_rate), 64)
        wave = tone_wave(tone, pitches, n, sample_rate, timbre, rng)
    return wave / math.sqrt(len(midi))
