"""What `import musicgenre` provides, and how its objects describe themselves."""

import importlib
import inspect
import logging
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from command_line import TINY, in_child, needs_fork, status_of

import musicgenre
from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, splits
from musicgenre.augment import SpecAugment
from musicgenre.features import MFCC, FrontEnd
from musicgenre.nets import BiLSTM

SETTINGS = [text for text in TINY if not text.startswith("seed")]


def test_dir_shows_what_there_is_and_nothing_else() -> None:
    assert set(dir(musicgenre)) == {*musicgenre.__all__, "__version__"}
    for name in musicgenre.__all__:
        assert getattr(musicgenre, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = musicgenre.trian


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize("first", ["musicgenre.synthetic", "musicgenre.data.corpus.sources"])
def test_a_public_function_is_not_hidden_by_a_package_of_its_name(first: str) -> None:
    def work() -> int:
        for name in [name for name in sys.modules if name.startswith("musicgenre")]:
            del sys.modules[name]
        importlib.import_module(first)
        from musicgenre import synthetic as it

        return int((it.__name__, it.__module__) != ("synthetic", "musicgenre.data.corpus.sources"))

    assert status_of(in_child(work)) == 0


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import musicgenre\n"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(roots - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["musicgenre"]


def lines(value: object) -> int:
    return max(len(repr(value).splitlines()), len(str(value).splitlines()))


def test_objects_say_what_matters_in_ten_lines_at_most(corpus_root: Path, finished_run: Path) -> None:
    corpus = musicgenre.folder(corpus_root)
    data = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=splits.stratified(), augment=SpecAugment())
    unopened = repr(data)
    run = musicgenre.load_run(finished_run)
    heard = run.model.listen(corpus.tracks[0].path)
    shown = [
        corpus, corpus.tracks[0], data, data.train, data.train[0], next(iter(data.val_dataloader())), run, run.model,
        run.classifier, heard, musicgenre.read_runs(finished_run), splits.stratified(), MFCC(n_mfcc=5), data.card(),
        GenreClassifier(BiLSTM),
    ]  # fmt: skip
    for value in shown:
        assert lines(value) <= 10, repr(value)
        assert len(repr(value)) < 1000, repr(value)
    assert "24 tracks of 3 genres" in repr(corpus)
    assert "train" not in unopened.split("split")[1].split("\n")[0]  # showing it computes nothing
    assert "train 45 segments" in repr(data)
    assert "of 3 test tracks" in repr(run)
    assert f"{heard.genre}" in repr(heard)


@pytest.mark.parametrize("package", ["augment", "features", "nets", "splits"])
def test_parts_say_their_settings_in_a_line(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("track,subset\na,train\n")
    given = {"in_shape": (1, 70, 1290), "n_classes": 3, "sample_rate": 16000, "pool": "global", "file": "a.csv"}
    module = getattr(musicgenre, package)
    shown = 0
    for name in module.__all__:
        kind = getattr(module, name)
        if name in ("FrontEnd", "HuggingFace", "Scaling", "Split", "Assignment") or not callable(kind):
            continue
        if not isinstance(kind, type) and "seed" not in inspect.signature(kind).parameters and name != "filtered":
            continue  # a function that does not make a part
        wanted = {key: value for key, value in given.items() if key in inspect.signature(kind).parameters}
        if "GaborCNN" in name or "AlexNet" in name:
            wanted["in_shape"] = (1, 1, 8000) if "Gabor" in name else (3, 70, 100)
        if name == "MusicnnNet":
            wanted["in_shape"] = (1, 96, 188)
        with torch.device("meta" if package == "nets" else "cpu"):  # meta: weights take no time
            part = kind(**wanted)
        assert repr(part).startswith(f"{name}("), repr(part)
        assert "\n" not in repr(part) and len(repr(part)) < 200, repr(part)
        for key in wanted:
            assert f"{key}=" in repr(part), repr(part)
        shown += 1
    assert shown >= 4


def test_a_run_is_trained_from_python_again_and_again(corpus_root: Path, tmp_path: Path) -> None:
    before = list(sys.argv)
    chance = random.getstate(), np.random.get_state()[1][0], torch.get_rng_state()  # type: ignore[index]
    places = (f"data.root={corpus_root}", "data=folder")
    runs = [
        musicgenre.train(*SETTINGS, *places, *more, f"seed={seed}", f"hydra.run.dir={tmp_path / str(seed)}")
        for seed, more in ((1, ["+trainer.deterministic=true"]), (2, ["+trainer.benchmark=true"]))
    ]
    assert not (torch.are_deterministic_algorithms_enabled() or torch.backends.cudnn.benchmark)
    assert [run.folder.name for run in runs] == ["1", "2"]
    assert sys.argv == before
    assert (random.getstate(), np.random.get_state()[1][0]) == chance[:2]  # type: ignore[index]
    assert torch.equal(torch.get_rng_state(), chance[2])
    for run in runs:
        assert 0 <= float(run.metrics["test/track/accuracy"]) <= 1
        assert (run.folder / "musicgenre.log").read_text()
    assert runs[0].config["optimizer"]["lr"] == 0.02
    table = musicgenre.read_runs(tmp_path)
    assert len(table) == 2
    assert table[0].seed == 1
    assert table["seed"].tolist() == [1, 2]
    assert isinstance(table.frame, pd.DataFrame)


def test_threads_train_one_after_the_other(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = Counter[str](), []

    def job(command: str, cfg: object) -> None:
        inside.update(["now"])
        most.append(inside["now"])
        time.sleep(0.05)
        inside.subtract(["now"])

    monkeypatch.setattr("musicgenre.cli.api.run_command", job)
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda n: musicgenre.train(f"hydra.run.dir={tmp_path / str(n)}"), range(3)))
    assert most == [1, 1, 1]
    assert [run.folder for run in runs] == [tmp_path / name for name in "012"]


@pytest.mark.parametrize(
    ("overrides", "fragment"),
    [
        (("modle=cnn",), "modle"),
        (("seed=1,2",), "asks for a sweep"),
        (("-m",), "no flags: -m"),
        (("data=gtzan",), "data.root is not set"),
    ],
)
def test_a_mistake_is_one_sentence(overrides: tuple[str, ...], fragment: str, tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=fragment):
        musicgenre.train(*overrides, f"hydra.run.dir={tmp_path}")
    assert logging.raiseExceptions  # the caller's logging is unchanged


def test_what_is_refused_or_only_tried_leaves_no_folder(
    corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MusicGenreError, match="There is no folder"):
        musicgenre.train("data=folder", "data.root=nowhere")
    tried = musicgenre.train(*SETTINGS, "data=folder", f"data.root={corpus_root}", "debug=fdr")
    assert list(tmp_path.rglob("*.*")) == []
    assert not tried.is_finished and "not finished" in repr(tried)
    with pytest.raises(MusicGenreError, match=r"metrics\.json"):
        _ = tried.metrics


@pytest.mark.parametrize("asked", ["hydra.mode=MULTIRUN", "+sweep=leak_gap"])
def test_a_sweep_by_the_config_is_refused_before_it_has_a_folder(asked: str, tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"asks for a sweep, but train\(\) makes one run"):
        musicgenre.train(asked, f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert not (tmp_path / "sweep").exists()


def test_a_model_made_by_the_command_line_trains_on_by_hand(
    finished_run: Path, corpus_root: Path, tmp_path: Path
) -> None:
    run = musicgenre.load_run(finished_run)
    model = GenreClassifier.load_from_checkpoint(finished_run / "checkpoints" / "best.ckpt", lr=0.01)
    front_end, standardize = model.front_end, model.standardize
    assert isinstance(front_end, FrontEnd) and standardize is not None
    data = GenreDataModule(musicgenre.folder(corpus_root), front_end, length=1.0, split=splits.stratified(seed=3))
    trainer = L.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    before = {name: value.clone() for name, value in model.made_net.state_dict().items()}
    (found,) = trainer.test(model, data, verbose=False)
    assert found["test/segment/loss"] == pytest.approx(run.metrics["test/segment/loss"], abs=1e-5)
    trainer.fit(model, data)
    assert any(not torch.equal(value, before[name]) for name, value in model.made_net.state_dict().items())
    assert torch.equal(data.standardize.state_dict()["mean"], standardize.state_dict()["mean"])
