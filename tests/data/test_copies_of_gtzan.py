"""GTZAN as mirdata and Hugging Face unpack it: loaded from the right folder, with the right advice anywhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from musicgenre.data.audit.gtzan import GENRES
from musicgenre.data.corpus.sources import folder, gtzan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.errors import MusicGenreError

MIRDATA = "gtzan_genre/genres"
BESIDE_IT = ("gtzan_tempo_beat-main/tempo/gtzan_blues_00000.bpm", "gtzan_tempo_beat-main/beats/gtzan_blues_00000.beats")
HUGGING_FACE = "data/genres"
CACHED = "5a4b/data/genres"  # by huggingface_hub, below datasets--marsyas--gtzan/snapshots


def unpacked(root: Path, genres: str, others: tuple[str, ...] = ()) -> Path:
    for name in GENRES:
        for number in range(3):
            path = root / genres / name / f"{name}.{number:05}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    for name in others:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    ("genres", "others"),
    [(MIRDATA, BESIDE_IT), (MIRDATA, ()), (HUGGING_FACE, ("README.md", "gtzan.py")), (CACHED, ())],
)
@pytest.mark.parametrize("load", [folder, gtzan])
def test_folder_of_the_genres_loads_and_any_other_names_it(
    tmp_path: Path, genres: str, others: tuple[str, ...], load: Callable[[Path], Corpus]
) -> None:
    whole = unpacked(tmp_path / "home", genres, others) / genres
    corpus = load(whole)
    assert corpus.genres == GENRES
    assert len(corpus.tracks) == 30
    for above in whole.relative_to(tmp_path).parents:
        if above == Path():
            continue
        with pytest.raises(MusicGenreError, match=r"is too high up") as refused:
            load(tmp_path / above)
        assert f"give {whole}, where the genre folders are" in str(refused.value)
    with pytest.raises(MusicGenreError, match=r"too low|holds audio files itself") as refused:
        load(whole / "blues")
    assert str(whole) in str(refused.value)


@pytest.mark.parametrize("packed", ["data/genres.tar.gz", "default/train/0000.parquet", "gtzan_genre.zip"])
def test_what_is_packed_is_to_be_unpacked(tmp_path: Path, packed: str) -> None:
    unpacked(tmp_path / "home", ".", (packed,))
    for name in GENRES:
        for path in (tmp_path / "home" / name).iterdir():
            path.unlink()
        (tmp_path / "home" / name).rmdir()
    for load in (folder, gtzan):
        with pytest.raises(MusicGenreError, match=rf"packed files \({Path(packed).name}\): unpack them"):
            load(tmp_path / "home")
