"""Measure a track's length, level and fingerprint, cached by its content."""

import json
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from musicgenre.data.audio.decode import AudioError, hear
from musicgenre.data.audit.fingerprints import RATE, fingerprint
from musicgenre.data.corpus.tracks import Track
from musicgenre.data.pictures import PictureError, read_picture
from musicgenre.data.store.fingerprint import require_unchanged
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, draft_of
from musicgenre.progress import track_progress

UNREADABLE = "unreadable"  # prefix of the note on a track that cannot be read
_VERSION = 6  # increased when the values change
_FRAME = 1102  # samples, 50 ms
_SILENCE = 1e-3  # -60 dB
_FLAT = 3  # equal samples in a row at the peak: clipped


class Measures(NamedTuple):
    """Measurements of a track.

    Attributes:
        seconds: Length; NaN if it cannot be read.
        rate: Sample rate, Hz.
        channels: Number of channels.
        peak: Largest sample; full scale is 1.
        rms_db: Level, dB relative to full scale.
        clipped: Share of samples in runs clipped at the peak.
        silent: Share of 50 ms frames below -60 dB.
        note: Why it cannot be read, or another remark; empty if there is none.
    """

    seconds: float
    rate: int
    channels: int
    peak: float
    rms_db: float
    clipped: float
    silent: float
    note: str


def measure_all(
    tracks: tuple[Track, ...], content: dict[str, str], downmix: str = "mean"
) -> Iterator[tuple[Track, Measures, NDArray[np.float32] | None]]:
    """Measure tracks on all cores, in order; the fingerprint is None if a track cannot be read."""

    def one(track: Track) -> tuple[Track, Measures, NDArray[np.float32] | None]:
        return (track, *_kept(track.path, content[track.id], downmix))

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding and transforms release the interpreter's lock
        yield from track_progress(pool.map(one, tracks), len(tracks), "Listening to tracks")


def picture_problems(tracks: tuple[Track, ...]) -> list[str]:
    """Return why each picture cannot be read, empty if it can."""

    def one(track: Track) -> str:
        try:
            read_picture(track.path)
        except PictureError as error:
            return f"{UNREADABLE}: {error}"
        return ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding releases the interpreter's lock
        return list(track_progress(pool.map(one, tracks), len(tracks), "Reading pictures"))


def measure(path: Path, downmix: str = "mean") -> tuple[Measures, NDArray[np.float32] | None]:
    """Measure one file.

    Args:
        path: Audio of any kind.
        downmix: How several channels are mixed to one, see `Mixer`.

    Returns:
        The measures, and the fingerprint, see `fingerprint`.
    """
    nan = float("nan")
    try:
        heard, facts = hear(path, RATE, downmix)
        rate = facts.rate or RATE
        wave = heard if rate == RATE else hear(path, rate, downmix).waveform
    except AudioError as error:
        return Measures(nan, 0, 0, nan, nan, nan, nan, f"{UNREADABLE}: {error}"), None
    peak = float(np.abs(wave).max())
    level = 10 * np.log10(max(float(np.square(wave, dtype=np.float64).mean()), 1e-12))
    shares = _clipped(wave, peak), _silent(heard)
    seconds = len(wave) / rate
    return Measures(seconds, rate, facts.channels or 0, peak, float(level), *shares, facts.note), fingerprint(heard)


def _clipped(wave: NDArray[np.float32], peak: float) -> float:
    """Return the share of samples in runs of three or more at the peak; 0 if that is below half of full scale."""
    if peak < 0.5:
        return 0.0
    at_peak = np.abs(wave) >= peak * 0.9999
    edges = np.flatnonzero(np.diff(np.concatenate([[0], at_peak.view(np.int8), [0]])))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _FLAT].sum() / len(wave))


def _silent(wave: NDArray[np.float32]) -> float:
    n = max(len(wave) // _FRAME, 1)
    frames = np.resize(wave, (n, _FRAME)) if len(wave) < _FRAME else wave[: n * _FRAME].reshape(n, _FRAME)
    return float((np.sqrt(np.square(frames).mean(1)) < _SILENCE).mean())


def _kept(path: Path, content: str, downmix: str = "mean") -> tuple[Measures, NDArray[np.float32] | None]:
    """Return cached measures, or measure and cache them; what cannot be read is tried again."""
    if content.startswith("unreadable"):
        return measure(path, downmix)
    file = cache_dir() / "audit" / f"{content}-{_VERSION}{'' if downmix == 'mean' else downmix}.npz"
    try:
        with file.open("rb") as held, np.load(held) as stored:  # opened here: np.load leaves a damaged file open
            values = json.loads(str(stored["measures"]))
            return Measures(**values), stored["fingerprint"].astype(np.float32)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error):  # none yet, or damaged
        measures, found = measure(path, downmix)
    if found is not None:
        require_unchanged(path, content)
        with suppress(MusicGenreError), draft_of(file) as draft, draft.open("wb") as stream:  # no cache to write to
            np.savez(stream, measures=json.dumps(measures._asdict()), fingerprint=found.astype(np.float16))
    return measures, found
