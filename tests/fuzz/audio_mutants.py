"""Recordings in every container that libsndfile writes, with bytes changed or removed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile as sf
from numpy.random import Generator

RATE = 22050
SECONDS = 2.0
# Their headers state no length, so nobody can tell that something is missing.
WITHOUT_LENGTH = ("PAF", "PVF", "IRCAM", "XI", "MP3 without Xing")
_FIXED_RATE = {"WVE": 8000, "XI": 44100, "OPUS": 48000}


@dataclass(frozen=True)
class Mutant:
    """A changed recording.

    Attributes:
        name: What it was made from, and how.
        content: Its bytes.
        missing: Seconds that were cut off its end; 0 where it was changed in another way.
    """

    name: str
    content: bytes
    missing: float = 0.0


def originals() -> dict[str, bytes]:
    """Make 2 s of a tone in noise in every container, and in some codings of each."""
    made: dict[str, bytes] = {}
    for container in sf.available_formats():
        if container in ("RAW", "SD2"):  # RAW has no header, SD2 two files
            continue
        coded = sf.available_subtypes(container)
        wanted = [sf.default_subtype(container) or next(iter(coded)), "IMA_ADPCM", "ULAW", "OPUS", "ALAC_16", "FLOAT"]
        for subtype in dict.fromkeys(name for name in wanted if name in coded):
            rate = _FIXED_RATE.get(subtype, _FIXED_RATE.get(container, RATE))
            time = np.arange(round(SECONDS * rate)) / rate
            noise = np.random.default_rng(0).standard_normal(time.size)
            file = io.BytesIO()
            sf.write(file, 0.3 * np.sin(2 * np.pi * 440 * time) + 0.05 * noise, rate, format=container, subtype=subtype)
            made[f"{container} {subtype}"] = file.getvalue()
    made["MP3 without Xing"] = made["MP3 MPEG_LAYER_III"][made["MP3 MPEG_LAYER_III"].find(b"\xff\xf3", 4) :]
    made["MP3 joined"] = made["MP3 MPEG_LAYER_III"] * 2
    made["OGG chained"] = made["OGG VORBIS"] + made["OGG OPUS"]
    return made


def mutants(count: int, seed: int = 0) -> Iterator[Mutant]:
    """Yield the originals in turn, changed in another way each round."""
    rng = np.random.default_rng(seed)
    made = list(originals().items())
    ways = (_flip, _cut, _insert, _head, _remove, _extreme, _zeros)
    for number in range(count):
        name, content = made[number % len(made)]
        way = ways[number // len(made) % len(ways)]
        yield way(name, content, rng)


def _flip(name: str, content: bytes, rng: Generator) -> Mutant:
    changed = bytearray(content)
    for place in rng.integers(len(content), size=rng.integers(1, 60)):
        changed[place] ^= 1 << int(rng.integers(8))
    return Mutant(f"{name}, bits flipped", bytes(changed))


def _cut(name: str, content: bytes, rng: Generator) -> Mutant:
    kept = int(rng.integers(1, len(content)))
    missing = 0.0 if name.startswith(WITHOUT_LENGTH) else SECONDS * (1 - kept / len(content))
    return Mutant(f"{name}, cut to {kept} bytes", content[:kept], missing)


def _insert(name: str, content: bytes, rng: Generator) -> Mutant:
    place = int(rng.integers(len(content)))
    return Mutant(f"{name}, bytes inserted", content[:place] + rng.bytes(int(rng.integers(1, 4000))) + content[place:])


def _remove(name: str, content: bytes, rng: Generator) -> Mutant:
    place = int(rng.integers(len(content)))
    return Mutant(f"{name}, bytes removed", content[:place] + content[place + int(rng.integers(1, 4000)) :])


def _head(name: str, content: bytes, rng: Generator) -> Mutant:
    changed = bytearray(content)
    for place in rng.integers(min(len(content), 120), size=rng.integers(1, 8)):
        changed[place] = int(rng.integers(256))
    return Mutant(f"{name}, header changed", bytes(changed))


def _extreme(name: str, content: bytes, rng: Generator) -> Mutant:
    changed = bytearray(content)
    place = int(rng.integers(min(len(content), 120)))
    value = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x01\0\0\0", b"\0\0\0\x01")[rng.integers(5)]
    changed[place : place + 4] = value
    return Mutant(f"{name}, extreme number at {place}", bytes(changed))


def _zeros(name: str, content: bytes, rng: Generator) -> Mutant:
    place, size = int(rng.integers(len(content))), int(rng.integers(1, 3000))
    return Mutant(f"{name}, zeros", content[:place] + bytes(size) + content[place + size :])
