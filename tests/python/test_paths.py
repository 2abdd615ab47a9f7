"""A home folder of no user is reported in one sentence, whichever function is given it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import job

import musicgenre
from musicgenre import MusicGenreError, splits
from musicgenre.data.corpus.scan import scan
from musicgenre.features.musicnn_weights import published_encoder
from musicgenre.files import expanded
from musicgenre.prediction.waveform import as_source
from musicgenre.runs.compare import compare
from musicgenre.runs.ensemble import ensemble
from musicgenre.runs.report import report

NOBODYS = "~nobody-here/x"


@pytest.mark.parametrize(
    "function",
    [
        expanded,
        scan,
        musicgenre.read_runs,
        musicgenre.load_run,
        musicgenre.load_model,
        lambda path: report(path, Path("out")),
        lambda path: compare(path, "model", folder=Path("out")),
        lambda path: ensemble([path], job(Path("out"), "ensemble")),
        lambda path: splits.lists(file=path),
        lambda path: published_encoder(weights=path),
        lambda path: as_source(path if isinstance(path, Path) else Path(path)),
    ],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_a_home_folder_of_nobody(function: Callable[..., object], kind: Callable[[str], object]) -> None:
    with pytest.raises(MusicGenreError, match="is ~nobody-here/x, but there is no such user here: give the whole path"):
        function(kind(NOBODYS))
