"""Drums and percussion as one-shots."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from musicgenre.synthetic.chance import Range, Wave, factor, noise
from musicgenre.synthetic.spectrum import band


@dataclass(frozen=True)
class Kit:
    """A drum kit's tuning; times are time constants in seconds, pitches in Hz.

    Attributes:
        kick: Pitch to which the kick falls.
        kick_decay: Its decay.
        click: Level of its beater.
        punch: Its initial pitch, as a multiple of the final one.
        snare: Pitch of the drum head.
        snare_decay: Decay of the snares.
        wires: Level of the snares relative to the head.
        hat: Lower edge of the cymbals' band.
        hat_decay: Decay of the closed hat.
        tone: Scales every pitch of the percussion.
    """

    kick: float = 55.0
    kick_decay: float = 0.12
    click: float = 0.3
    punch: float = 3.0
    snare: float = 190.0
    snare_decay: float = 0.09
    wires: float = 0.8
    hat: float = 6500.0
    hat_decay: float = 0.03
    tone: float = 1.0


KITS = {
    "acoustic": Kit(),
    "dry": Kit(kick=62, kick_decay=0.07, click=0.2, snare=230, snare_decay=0.05, hat_decay=0.02),
    "brushes": Kit(kick=70, kick_decay=0.1, click=0.05, punch=1.6, snare_decay=0.12, wires=1.5, hat=5000),
    "909": Kit(kick=52, kick_decay=0.16, click=0.5, punch=4.5, snare=210, snare_decay=0.11, hat=7500),
    "808": Kit(kick=46, kick_decay=0.35, click=0.1, punch=2.5, snare=180, snare_decay=0.08, wires=0.9, hat=7500),
    "boom_bap": Kit(kick=65, kick_decay=0.1, click=0.15, snare=240, snare_decay=0.07, wires=1.1, hat=4500),
    "metal": Kit(kick=60, kick_decay=0.06, click=1.1, punch=3.5, snare=200, snare_decay=0.1, wires=1.1, hat=5500),
    "room": Kit(kick=50, kick_decay=0.18, click=0.35, snare=175, snare_decay=0.16, hat=5500, hat_decay=0.05),
    "orchestra": Kit(kick=65, kick_decay=0.5, click=0.02, punch=1.1, snare_decay=0.07, hat=3500, hat_decay=0.5),
}


def tuned(kit: Kit, rng: Generator) -> Kit:
    """Return an artist's own kit: every setting is varied, most by up to a third."""

    def move(value: float, by: float) -> float:
        return value * factor(rng, (-by, by))

    return Kit(
        kick=move(kit.kick, 0.3), kick_decay=move(kit.kick_decay, 0.6), click=move(kit.click, 1.0),
        punch=move(kit.punch, 0.3), snare=move(kit.snare, 0.35), snare_decay=move(kit.snare_decay, 0.6),
        wires=move(kit.wires, 0.5), hat=min(move(kit.hat, 0.5), 9000.0), hat_decay=move(kit.hat_decay, 0.6),
        tone=move(kit.tone, 0.3),
    )  # fmt: skip


def drum_wave(name: str, kit: Kit, sample_rate: int, rng: Generator) -> Wave:
    """Play one hit of a named drum, peak about 1, shape (n,)."""
    return DRUMS[name](kit, sample_rate, rng)


def _kick(kit: Kit, rate: int, rng: Generator) -> Wave:
    head = _head(kit.kick, kit.punch, kit.kick_decay, rate)
    beater = min(int(0.02 * rate), len(head))
    click = noise(rng, beater) * np.exp(-np.arange(beater) / (0.003 * rate))
    head[:beater] += kit.click * click
    return np.tanh(1.5 * head)


def _head(pitch: float, punch: float, decay: float, rate: int) -> Wave:
    time = np.arange(int(min(6 * decay, 2.0) * rate)) / rate
    sweep = 0.018
    cycles = pitch * time + pitch * (punch - 1.0) * sweep * (1.0 - np.exp(-time / sweep))
    return np.sin(2 * np.pi * cycles) * np.exp(-time / decay)


def _snare(kit: Kit, rate: int, rng: Generator) -> Wave:
    wires = _burst(kit.snare_decay, (1200.0, 9000.0), rate, rng)
    head = _head(kit.snare, 1.3, 0.06, rate)[: len(wires)]
    wires *= kit.wires
    wires[: len(head)] += 0.6 * head
    return wires


def _burst(decay: float, between: Range, rate: int, rng: Generator, attack: float = 0.0) -> Wave:
    n = int(min(6 * decay + attack, 2.0) * rate)
    time = np.arange(n) / rate
    wave = band(noise(rng, n), rate, *between)
    wave *= np.exp(-time / decay) / np.sqrt(np.mean(wave**2)) * 0.35
    return wave * np.minimum(time / attack, 1.0) if attack else wave


def _cymbal(decay: float, low: float, rate: int, rng: Generator, ring: float = 0.0) -> Wave:
    wave = _burst(decay, (low, np.inf), rate, rng)
    if ring:
        time = np.arange(len(wave)) / rate
        partials = [np.sin(2 * np.pi * low * r * time) for r in (0.62, 0.85, 1.0, 1.23)]
        wave = (1 - ring) * wave + 0.4 * ring * sum(partials) * np.exp(-time / decay)
    return wave


def _tom(pitch: float, kit: Kit, rate: int, rng: Generator) -> Wave:
    head = _head(pitch * kit.tone, 1.5, 0.14, rate)
    return head + 0.1 * noise(rng, len(head)) * np.exp(-np.arange(len(head)) / (0.02 * rate))


def _clap(kit: Kit, rate: int, rng: Generator) -> Wave:
    wave = 0.9 * _burst(0.07, (900.0 * kit.tone, 4500.0), rate, rng)
    for gap in (0.011, 0.023):
        start = int(gap * rate)
        wave[start:] += 0.7 * _burst(0.07, (900.0 * kit.tone, 4500.0), rate, rng)[: len(wave) - start]
    return wave


def _ping(pitches: Range, decay: float, kit: Kit, rate: int, rng: Generator) -> Wave:
    del rng  # a pitched drum is not random, but every drum is called alike
    time = np.arange(int(6 * decay * rate)) / rate
    low, high = (np.sin(2 * np.pi * pitch * kit.tone * time) for pitch in pitches)
    return np.tanh(2.0 * (low + 0.6 * high) * np.exp(-time / decay))


DRUMS: dict[str, Callable[[Kit, int, Generator], Wave]] = {
    "kick": _kick,
    "snare": _snare,
    "hat": lambda kit, rate, rng: _cymbal(kit.hat_decay, kit.hat, rate, rng),
    "open_hat": lambda kit, rate, rng: _cymbal(kit.hat_decay * 6, kit.hat, rate, rng),
    "ride": lambda kit, rate, rng: _cymbal(0.35, kit.hat * 0.8, rate, rng, ring=0.2),
    "crash": lambda kit, rate, rng: _cymbal(0.7, kit.hat * 0.55, rate, rng),
    "shaker": lambda kit, rate, rng: _burst(0.03, (kit.hat * 0.8, np.inf), rate, rng, attack=0.02),
    "tambourine": lambda kit, rate, rng: _cymbal(0.06, kit.hat, rate, rng, ring=0.3),
    "swish": lambda kit, rate, rng: _burst(0.1, (1500.0, 7000.0), rate, rng, attack=0.06),
    "clap": _clap,
    "rim": lambda kit, rate, rng: _ping((820.0, 1750.0), 0.012, kit, rate, rng),
    "cowbell": lambda kit, rate, rng: _ping((545.0, 815.0), 0.06, kit, rate, rng),
    "conga": lambda kit, rate, rng: _ping((210.0, 330.0), 0.07, kit, rate, rng),
    "high_tom": lambda kit, rate, rng: _tom(165.0, kit, rate, rng),
    "low_tom": lambda kit, rate, rng: _tom(95.0, kit, rate, rng),
    "timpani": lambda kit, rate, rng: _head(85.0 * kit.tone, 1.05, kit.kick_decay, rate),
}
