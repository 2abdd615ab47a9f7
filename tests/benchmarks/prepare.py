"""Decode, compute features and write: ours on all tracks, alternating with a librosa loop on some of them.

The loop runs in a process of its own: what `open_store` sets for its process, such as how memory is kept, is not its.
Both have computed a track before: loading and compiling are not counted.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from statistics import median

import librosa
import numpy as np
import soundfile
from made_tracks import repeated
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Track
from musicgenre.data.store import feature_store as store
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.features import MFCC, LogMel

RATE = 22050  # Hz


def librosa_log_mel(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `LogMel` returns for a whole track."""
    mel = librosa.feature.melspectrogram(y=waveform[: 30 * RATE], sr=RATE, n_fft=2048, hop_length=512, n_mels=128)
    return np.asarray(librosa.power_to_db(mel, ref=np.max))[None, None]


def librosa_mfcc(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `MFCC` returns for half-overlapping 3 s segments."""
    starts = range(0, len(waveform) - 3 * RATE + 1, 3 * RATE // 2)
    cut = [waveform[start : start + 3 * RATE] for start in starts]
    return np.stack([librosa.feature.mfcc(y=segment, sr=RATE, n_mfcc=13)[None] for segment in cut])


Features = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def loop(tracks: tuple[Track, ...], features: Features, path: Path) -> float:
    """Seconds per track of a loop over librosa that writes float32."""
    start = time.perf_counter()
    with path.open("wb") as file:
        for track in tracks:
            waveform, _ = soundfile.read(track.path, dtype="float32")
            file.write(features(waveform).astype(np.float32).tobytes())
    return (time.perf_counter() - start) / len(tracks)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--librosa-tracks", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    table = Table("front end", "librosa ms/track", "ours ms/track", "times as fast", "largest difference")
    cases = {
        "log-mel 128, 30 s": (LogMel(RATE), Segmenter(RATE, length=30.0, short="pad"), librosa_log_mel),
        "13 MFCC, 3 s, half overlap": (MFCC(RATE), Segmenter(RATE, length=3.0, overlap=0.5), librosa_mfcc),
    }
    apart = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    with tempfile.TemporaryDirectory() as name, apart, ThreadPoolExecutor(1) as thread:
        corpus = scan(repeated(Path(name) / "tracks", arguments.tracks))
        few = corpus.tracks[:: max(1, len(corpus.tracks) // arguments.librosa_tracks)][: arguments.librosa_tracks]
        for title, (front_end, segmenter, reference) in cases.items():
            extractor = AudioExtractor(front_end, segmenter, RATE)
            first, _ = (thread.submit(extractor, few[0].path).result().features for _ in range(2))
            apart.submit(loop, few[:1], reference, Path(name) / "librosa.bin").result()
            waveform, _ = soundfile.read(few[0].path, dtype="float32")
            difference = np.abs(first - reference(waveform)).max()
            ours, theirs = [], []
            for turn in range(arguments.pairs):
                store._opened.clear()  # compute in every turn
                os.environ["MUSICGENRE_CACHE"] = f"{name}/cache{turn}-{title[:3]}"
                os.sync()  # earlier writes must not count now
                theirs.append(apart.submit(loop, few, reference, Path(name) / "librosa.bin").result())
                start = time.perf_counter()
                store.open_store(corpus, extractor, progress=False)
                ours.append((time.perf_counter() - start) / len(corpus.tracks))
            ratio = median(a / b for a, b in zip(theirs, ours, strict=True))
            times = f"{1e3 * median(theirs):.1f}", f"{1e3 * median(ours):.2f}"
            table.add_row(title, *times, f"{ratio:.1f}", f"{difference:.1e}")
    Console().print(table)


if __name__ == "__main__":
    main()
