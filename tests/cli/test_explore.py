"""`musicgenre explore` on the tiny corpus and the tiny run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_audio import write_corpus
from made_pictures import write_pictures
from PIL import Image

from musicgenre import folder
from musicgenre.cli.explored import data_to_explore
from musicgenre.data.corpus.scan import scan
from musicgenre.errors import MusicGenreError
from musicgenre.explore.collection import _measured, _read_table, table_figures
from musicgenre.explore.track_tables import track_table
from musicgenre.runs.besides import what_else


def explore(out: Path, *overrides: str) -> set[str]:
    result = musicgenre("explore", f"hydra.run.dir={out}", *overrides)
    assert result.status == 0, result.text
    return {path.relative_to(out).as_posix().removesuffix(".png") for path in out.rglob("*.png")}


@pytest.mark.usefixtures("rough")
def test_a_runs_data_its_net_and_a_table_of_ones_own_are_drawn_and_short_formats_are_measured(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicgenre.explore.stability._STEPS", 3)
    table, out = tmp_path / "small.csv", tmp_path / "out"
    table.write_text("label,a,b,c\nx,1,2,3\ny,4,5,7\nx,3,1,2\ny,2,2,5\n")
    found = explore(out, f"run={finished_run}", "tracks=[hum.00003]", "stability=true", f"table={table}")
    closer = {
        "waveform",
        "stft_lines",
        "spectrum",
        "spectrograms",
        "mfcc",
        "zero_crossings",
        "harmonic_percussive",
        "tempo",
    }
    closer |= {"saliency", "activations", "augmentations"}
    whole = {"classes", "waveforms", "correlation", "variance", "components", "net/filters", "net/tracks"}
    whole |= {"side_by_side_mel", "side_by_side_mfcc", "stability"}
    assert found == whole | {f"hum.00003/{name}" for name in closer}
    assert not what_else(out, [])  # every file is recognised as this command's
    for path in out.rglob("*.png"):
        assert np.asarray(Image.open(path)).std() > 5, path
    stable = pd.read_csv(out / "stability.csv")
    assert len(stable) == 9
    of = dict(iter(stable.groupby("format")))
    assert (of["float32"].feature_error < 1e-2).all()
    assert of["bfloat16"].feature_error.min() > of["float32"].feature_error.max()
    assert (of["float32"][["bad_features", "bad_steps"]] == 0).all(axis=None)
    assert (of["bfloat16"].gradient_error > of["float32"].gradient_error.max()).all()


@pytest.mark.usefixtures("built")
def test_hand_made_features_of_the_tracks_have_their_figures(tmp_path: Path) -> None:
    root = write_corpus(tmp_path, ("drone", "hum"), tracks=2, seconds=1.0)
    table, title = _measured(folder(root), 22050, "mean", hand_made=True)
    assert "tempo" in table and table_figures(table, title).keys() == {"correlation", "variance", "components"}


def test_measured_table_has_a_row_a_track(corpus_root: Path) -> None:
    table = track_table(scan(corpus_root), 22050, n_mfcc=5)
    assert table.columns.tolist()[:4] == ["filename", "label", "mfcc1_mean", "mfcc2_mean"]
    assert len(table) == 24
    assert table.notna().all(axis=None)


def test_mistakes_are_explained(
    corpus_root: Path, finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt(*overrides: str) -> str:
        return fails(musicgenre("explore", f"data.root={corpus_root}", f"hydra.run.dir={tmp_path / 'out'}", *overrides))

    assert "has no track 'nothing'" in attempt("tracks=[nothing]")
    assert "There is no table" in attempt("table=nowhere.csv")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    assert "needs a column label" in attempt(f"table={tmp_path / 'bad.csv'}")
    (tmp_path / "holes.csv").write_text("label,a,b,c\nx,1,2,3\ny,4,,6\n")
    assert "1 missing or infinite value, the first in column b of line 3" in attempt(f"table={tmp_path / 'holes.csv'}")
    assert "is not a trained run" in attempt(f"run={tmp_path}")
    with monkeypatch.context() as patch:
        patch.setattr("musicgenre.explore.collection._one_a_genre", None)  # reported before any audio is read
        assert "The net has no layer 'conv9'" in attempt(f"run={finished_run}", "layer=conv9")
    out = f"hydra.run.dir={tmp_path / 'out'}"
    assert "data.root is not set" in fails(musicgenre("explore", "data=folder", out))
    assert "There is no table" in fails(musicgenre("explore", "table=nowhere.csv", out))
    assert "There is nothing to draw" in fails(musicgenre("explore", "~data", out))
    assert "layer=conv1 needs a run" in attempt("layer=conv1")
    assert "table is ~nobody0/x.csv, but there is no such user" in attempt("table=~nobody0/x.csv")
    alone = musicgenre("explore", f"table={tmp_path / 'holes.csv'}", "tracks=[a]", "stability=true", out)
    assert "tracks and stability cannot go with a table alone" in fails(alone)


@pytest.mark.parametrize("form", ["{},{},{},{}", "{};{};{};{}", "decimal commas", "Label", "Genre", "class"])
def test_tables_of_other_forms_are_read(form: str, tmp_path: Path) -> None:
    rows = [("x", 1.5, 2.0, 3.25), ("y", 0.5, 4.0, 1.0), ("x", 2.5, 1.0, 0.75)]
    lines = [(form if form.isalpha() else "label", "a", "b", "c"), *rows]
    text = "\n".join((form if "{" in form else "{};{};{};{}").format(*line) for line in lines)
    (tmp_path / "table.csv").write_text(text.replace(".", ",") if "commas" in form else text)
    table = _read_table(tmp_path / "table.csv")
    assert table.label.tolist() == ["x", "y", "x"] and table[["a", "b", "c"]].to_numpy().tolist() == [
        list(row[1:]) for row in rows
    ]
    (tmp_path / "table.csv").write_text(text.replace("4.0", "nan").replace("4,0", "nan"))
    with pytest.raises(MusicGenreError, match="has 1 missing or infinite value, the first in column b of line 3"):
        _read_table(tmp_path / "table.csv")


def test_without_data_a_table_is_drawn_alone(tmp_path: Path) -> None:
    table = pd.DataFrame({"label": ["x", "y", "z"] * 3, "a": range(9), "b": [1, 0, 3] * 3, "c": [2, 5, 1, 0] * 2 + [1]})
    table.to_csv(tmp_path / "mine.csv", index=False)
    assert explore(tmp_path / "out", f"table={tmp_path / 'mine.csv'}") == {"components", "correlation", "variance"}


def test_without_anything_it_is_the_rendered_corpus() -> None:
    assert data_to_explore("explore", ["stability=true"]) == ["stability=true", "data=synthetic"]
    assert data_to_explore("explore", ["data=gtzan"]) == ["data=gtzan"]
    assert data_to_explore("train", ["run.tags=[a]"]) == ["run.tags=[a]"]


def test_unreadable_tracks_are_named_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_corpus(tmp_path / "corpus", tracks=2, seconds=1.0)
    (root / "drone" / "drone.00000.wav").write_bytes(b"nothing")
    (root / "hum" / "cover.jpg").touch()
    (root / "whistle" / "drone.00001.wav").write_bytes((root / "drone" / "drone.00001.wav").read_bytes())
    result = musicgenre("explore", f"data.root={root}", f"hydra.run.dir={tmp_path / 'out'}")
    assert "  hum/cover.jpg: not .wav" in result.text
    assert result.status == 0, result.text
    assert "drone/drone.00000.wav: not readable" in result.text
    assert (tmp_path / "out" / "drone.00001" / "tempo.png").is_file()  # the first readable track is used
    attempt = ("explore", f"data.root={root}", f"hydra.run.dir={tmp_path / 'twice'}")
    fails(musicgenre(*attempt, "tracks=[drone.00000]"), "drone/drone.00000.wav: not readable")
    monkeypatch.setattr("musicgenre.explore.collection.track_table", None)  # of MFCC
    both = "tracks=[drone/drone.00001.wav,whistle/drone.00001.wav]"
    assert musicgenre(*attempt, both, "table=features").status == 0
    found = {path.parent.name for path in (tmp_path / "twice").glob("*/tempo.png")}
    assert found == {"drone_drone.00001.wav", "whistle_drone.00001.wav"}
    assert (tmp_path / "twice" / "components.png").is_file()


def test_pictures_and_what_a_net_makes_of_them_are_drawn(tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "pictures", tracks=5)
    settings = ("experiment=images_cnn1", f"data.root={root}", "features.size=[8,12]", "trainer.max_epochs=1")
    result = musicgenre("train", *settings, "trainer=cpu", "logger=csv", "figures=false", f"hydra.run.dir={tmp_path}/r")
    assert result.status == 0, result.text
    found = explore(tmp_path / "out", "data=mel_images", f"data.root={root}", f"run={tmp_path / 'r'}")
    assert not what_else(tmp_path / "out", [])
    assert {"classes", "mosaic", "means", "net/filters", "net/tracks"} <= found
    assert {name.split("/")[1] for name in found if name.count(".") == 1} >= {"picture", "saliency", "activations"}
