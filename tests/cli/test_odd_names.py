"""Names of genres and files in any script, length and characters: shown, drawn, written and read unchanged."""

import os
from pathlib import Path

import numpy as np
import pytest
from command_line import fails, musicgenre
from made_audio import write_track
from made_models import write_net
from made_runs import predictions, write_run
from matplotlib.figure import Figure

from musicgenre import load_run, read_runs
from musicgenre.files import file_stem, replace_text
from musicgenre.runs.results import result_figures
from musicgenre.visual.render import draw, pdf_of
from musicgenre.visual.style import genre_colour, genre_marker, house_style

pytestmark = pytest.mark.usefixtures("drawn")
GENRES = (
    "b[red]",
    "$\\frac$",
    "NA",
    "None",
    "nan",
    "=1+1",
    "жанр",
    "音楽",
    "x" * 230,
    "new\nline",
    "a, b",
    "🎵",
    "1e5",
)


def test_genres_are_drawn_written_and_read_as_they_are(tmp_path: Path) -> None:
    table = predictions(5, 2 * len(GENRES), GENRES)
    assert all(pixels.size for pixels in result_figures(table[table.split == "test"]).values())
    run = load_run(write_run(tmp_path / "run", table))
    assert run.predictions.columns.tolist() == table.columns.tolist()
    assert run.predictions["genre"].tolist() == table["genre"].tolist()
    assert len(read_runs(tmp_path).frame) == 1


def test_texts_of_a_figure_are_drawn_as_they_are() -> None:
    with house_style():
        figure = Figure()
        axes = figure.add_subplot(title="$\\frac$", xlabel="$a_b$")
        axes.plot(["$\\frac$", "b"], [1, 2], label="$\\frac$")
        legend = figure.legend()
    assert draw(figure).std() > 0 and pdf_of(figure)
    texts = (axes.title, axes.xaxis.label, *axes.get_xticklabels(), *legend.get_texts())
    assert not any(text.get_parse_math() for text in texts)


@pytest.mark.parametrize("genre", [*GENRES, "caf\udce9"])
def test_every_genre_has_a_colour_a_shape_and_a_file(tmp_path: Path, genre: str) -> None:
    assert genre_colour(genre).startswith("#")
    assert genre_marker(genre)
    path = tmp_path / f"{file_stem(genre)}.wav"
    replace_text(path, genre)
    assert path.parent == tmp_path
    assert path.is_file()


@pytest.mark.usefixtures("rough")
def test_files_of_any_name_are_heard(tmp_path: Path) -> None:
    run, songs = write_net(tmp_path / "run"), tmp_path / "songs"
    names = ["k" * 240 + ".wav", "[b] $x$.wav", "=1.wav", "介绍 #1.wav", "caf\udce9.wav", "-dash.wav"]
    for number, name in enumerate(names):
        write_track(tmp_path / "x.wav", "drone", number, seconds=1.1)
        songs.mkdir(exist_ok=True)
        (tmp_path / "x.wav").rename(songs / name)
    out = tmp_path / "out"
    result = musicgenre("predict", f"run={run}", f"audio={songs}", "save=[csv,json]", f"hydra.run.dir={out}")
    assert result.status == 0, result.text
    assert "[b] $x$.wav" in result.text
    assert "not valid Unicode" in " ".join(result.text.split())
    assert len(list((out / "figures").iterdir())) == len(names) - 1
    lines = (out / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(names) + 1
    assert [line[:6] for line in lines if "=1.wav" in line] == ["'=1.wa"]
    settings = ("figures=false", f"hydra.run.dir={tmp_path / 'one'}")
    one = musicgenre("predict", f"run={run}", f"audio={songs / names[1]}", *settings)
    assert one.status == 0, one.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_named_among_the_songs(tmp_path: Path) -> None:
    run, songs = write_net(tmp_path / "run"), tmp_path / "songs"
    write_track(songs / "a.wav", "drone", 1, seconds=1.1)
    os.mkfifo(songs / "pipe.wav")
    (songs / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    settings = (f"run={run}", "figures=false", f"hydra.run.dir={tmp_path / 'out'}")
    result = musicgenre("predict", f"audio={songs}", *settings)
    assert result.status == 0, result.text
    assert "not a regular file" in result.text and "broken link (to " in result.text
    fails(musicgenre("predict", f"audio={songs / 'pipe.wav'}", *settings), "pipe.wav cannot be used: not a regular")
    fails(musicgenre("predict", f"audio={songs / 'lost.wav'}", *settings), "lost.wav cannot be used: broken link (to ")


def test_rows_of_numbers_stay_numbers(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path))
    assert run.predictions["start"].dtype.kind in "if"
    assert np.isfinite(run.predictions.filter(like="p_").to_numpy()).all()
