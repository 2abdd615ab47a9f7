"""Render some of a corpus's tracks into a folder, as a process of its own: `python -m ...worker`.

The job comes as JSON on standard input. Each finished track is a line on standard output, so that the
parent can show progress, and so that a worker whose parent was killed stops: its pipe is broken.
"""

import json
import sys
import wave
from pathlib import Path

from musicgenre.synthetic.plan import SAMPLE_RATE, track_id
from musicgenre.synthetic.render import render_track


def write_track(root: Path, genre: str, index: int, seed: int, seconds: float) -> None:
    """Render one track to its file below the root, whose genre folders are there."""
    samples = render_track(genre, index, seed=seed, seconds=seconds, sample_rate=SAMPLE_RATE)
    # The standard library's writer always gives the same 44 bytes of header.
    with wave.open(str(root / track_id(genre, index)), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32768).astype("<i2").tobytes())


def main() -> None:
    """Render the tracks of the job."""
    job = json.load(sys.stdin)
    for genre, index in job["tracks"]:
        write_track(Path(job["root"]), genre, index, job["seed"], job["seconds"])
        print(genre, index, flush=True)


if __name__ == "__main__":
    main()
