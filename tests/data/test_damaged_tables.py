"""Damaged tables and pictures: read, or refused in one sentence. MUSICGENRE_FUZZ=2000 tries that many of each kind.

The default is 540, 60 of each of nine kinds; with the 520 recordings of `tests/fuzz`, the tests try 1,060 files.
"""

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_table import make_table
from PIL import Image

from musicgenre.data.corpus.artists import read_artists
from musicgenre.data.corpus.labels import labelled
from musicgenre.data.pictures import read_picture
from musicgenre.data.splits import lists
from musicgenre.data.store.feature_table import scan_table, table_store
from musicgenre.errors import MusicGenreError

N = int(os.environ.get("MUSICGENRE_FUZZ", "60"))  # of each kind


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Damage a file as transfers, editors and disks do."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(data))) if data else 0
        length = int(rng.integers(1, 1 + max(1, min(200, len(data) - start))))
        how = rng.integers(7)
        if how == 0:
            data[start : start + length] = rng.bytes(length)
        elif how == 1:
            del data[start : start + length]
        elif how == 2:
            del data[start:]
        elif how == 3:
            data[start:start] = data[start : start + length] * 3
        elif how == 4:
            data[start:start] = bytes(length)
        elif how == 5:
            data[start : start + 1] = rng.choice(
                [b'"', b"'", b",", b";", b"\n", b"\r", b"\t", b"\xff", b"e", b"[", b"|"]
            )
        else:
            data[:0] = rng.choice([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\n\n"])
    return bytes(data)


def feature_table(path: Path) -> None:
    table_store(scan_table(path))


def artists(path: Path) -> None:
    read_artists(path)


def labels(path: Path) -> None:
    labelled(path.parent, path)


def split_list(path: Path) -> None:
    lists(file=path)


def picture(path: Path) -> None:
    pixels = read_picture(path, (20, 20))
    assert pixels.shape == (1, 20, 20)
    assert np.isfinite(pixels).all()


def picture_bytes(form: str, mode: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, form)
    return file.getvalue()


def text(table: pd.DataFrame, separator: str) -> bytes:
    return table.to_csv(index=False, sep=separator).encode()


TRACKS = pd.DataFrame(
    {"track": [f"rock/{n}.wav" for n in range(9)], "artist": list("abcabcabc"), "subset": ["train"] * 9}
)
LABELS = pd.DataFrame({"path": [f"{n}.wav" for n in range(9)], "genre": ["ska", "rock", "jazz"] * 3})
KINDS: dict[str, tuple[Callable[[Path], None], bytes]] = {
    "features": (feature_table, text(make_table(2), ",")),
    "features;": (feature_table, text(make_table(2), ";")),
    "artists": (artists, text(TRACKS, "\t")),
    "index": (artists, b"".join(b"rock.0000%d.wav ::: Ann %d ::: A song\n" % (n, n % 3) for n in range(9))),
    "labels": (labels, text(LABELS, ",")),
    "split": (split_list, text(TRACKS, "|")),
    "png": (picture, picture_bytes("PNG", "RGB")),
    "grey png": (picture, picture_bytes("PNG", "P")),
    "jpg": (picture, picture_bytes("JPEG", "L")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    read, content = KINDS[kind]
    for n in range(9):
        (tmp_path / f"{n}.wav").touch()
    path = tmp_path / "file"
    path.write_bytes(content)
    read(path)  # undamaged, it is read
    refused = 0
    for seed in range(N):
        path.write_bytes(damaged(content, np.random.default_rng(seed)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about metadata
            try:
                read(path)
            except MusicGenreError as error:
                refused += 1
                assert len(str(error).splitlines()) == 1, f"{kind} {seed}: {error}"
            except Exception as error:
                pytest.fail(f"{kind} {seed}: {type(error).__name__}: {error}")
    assert refused  # else this test would check nothing
