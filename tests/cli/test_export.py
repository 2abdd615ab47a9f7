"""Exported models give the run's own probabilities, without musicgenre."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import soundfile
import torch
from command_line import Result, fails, musicgenre, trained
from made_audio import make_track
from made_runs import begin_run

import musicgenre as package
from musicgenre.cli.export import _origin
from musicgenre.data.audio.segments import Segmenter
from musicgenre.errors import MusicGenreError
from musicgenre.features import MelImage
from musicgenre.nets import BiLSTM
from musicgenre.prediction import AudioClassifier
from musicgenre.prediction.export import export

GENRES = ("drone", "hum", "whistle")


def expected(run: Path, waves: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        probs = package.load_run(run).model.probabilities(torch.from_numpy(waves))
    return np.asarray(probs)


def run_and_checkpoint(run: Path) -> dict[str, str]:
    """The run's signature and its checkpoint's SHA-256, as its own files state them."""
    sums = dict(line.split("  ")[::-1] for line in (run / "SHA256SUMS").read_text().splitlines())
    signature = json.loads((run / "environment.json").read_text())["signature"]
    return {"checkpoint": sums["checkpoints/best.ckpt"], "run": signature}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> tuple[Path, Path, Result]:
    """A run on overlapping segments, the folder of its ONNX file, and what the export said."""
    folder = tmp_path_factory.mktemp("exported")
    features = ("features=mfcc", "features.n_mfcc=5", "features.n_fft=512", "features.hop_length=2048")
    cut = ("segments.length=0.5", "segments.overlap=0.5", "segments.max_segments=1")
    run = trained(folder / "run", corpus_root, *features, *cut, "model.pool_after=[1]", "trainer.max_epochs=1")
    return run, folder, musicgenre("export", f"run={run}", "format=onnx", f"hydra.run.dir={folder}")


def test_onnx_file_gives_the_runs_probabilities_for_batches_of_any_size(exported: tuple[Path, Path, Result]) -> None:
    run, folder, result = exported
    assert result.status == 0, result.text
    assert "(batch, 11025) at 22050 Hz" in " ".join(result.out.split())
    assert "INFO" not in result.text and "torchvision" not in result.text
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["genres"]) == list(GENRES)
    cut = [about[key] for key in ("sample_rate", "n_samples", "hop", "overlap")]
    assert cut == ["22050", "11025", "5512", "0.5"]
    origin = {key: json.loads(about[key]) for key in ("downmix", "musicgenre", "checkpoint", "run")}
    assert origin == {"downmix": "mean", "musicgenre": package.__version__, **run_and_checkpoint(run)}
    assert session.get_inputs()[0].shape == ["batch", 11025]
    assert session.get_outputs()[0].shape[0] == "batch"
    for batch in (1, 5):
        waves = np.stack([make_track("hum", number, 0.5) for number in range(batch)])
        found = session.run(["probabilities"], {"waveform": waves})[0]
        np.testing.assert_allclose(found, expected(run, waves), atol=1e-4)


def test_the_lines_for_strangers_give_the_classifiers_answer_for_a_song(exported: tuple[Path, Path, Result]) -> None:
    run, folder, _ = exported
    song = np.concatenate([make_track("hum", 0, 1.7), make_track("whistle", 1, 1.2875)])  # 12.5 ms short of 6 segments
    soundfile.write(folder / "song.wav", song, 22050, subtype="FLOAT")
    page = (Path(__file__).parents[2] / "docs/onnx.md").read_text(encoding="utf-8")
    [lines] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "onnxruntime" in block]
    check = "import sys; assert not {'musicgenre', 'torch'} & {*sys.modules}"
    done = subprocess.run([sys.executable, "-c", f"{lines}\n{check}"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = package.load_run(run).classifier(folder / "song.wav")
    assert len(found.segments) == 11
    assert ast.literal_eval(done.stdout) == pytest.approx(found.probabilities.to_dict(), abs=2e-3)


def test_a_run_with_a_damaged_environment_is_told_by_its_checkpoint(tmp_path: Path) -> None:
    run = begin_run(tmp_path)
    run.checkpoints.mkdir()
    run.best_ckpt.touch()
    assert _origin(str(tmp_path)).keys() == {"checkpoint", "run"}
    run.environment_json.write_text("{")
    assert _origin(str(tmp_path)).keys() == {"checkpoint"}


@pytest.mark.filterwarnings("ignore:The given buffer is not writable")  # from torch.export.load
def test_pt2_file_gives_the_runs_probabilities(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = musicgenre("export", f"run={finished_run}", "format=pt2", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    page = (Path(__file__).parents[2] / "docs/onnx.md").read_text(encoding="utf-8")
    [lines] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "torch.export.load" in block]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(lines, "onnx.md", "exec"), names)
    assert names["about"]["genres"] == list(GENRES)
    assert run_and_checkpoint(finished_run).items() <= names["about"].items()
    waves = np.stack([make_track("drone", number, 1.0) for number in range(4)])
    found = names["model"](torch.from_numpy(waves)).detach().numpy()
    np.testing.assert_allclose(found, expected(finished_run, waves), atol=1e-4)


def test_other_front_ends_and_nets_go_too(tmp_path: Path) -> None:
    front_end = MelImage(22050, size=4, n_fft=1024)
    net = BiLSTM((1, 4, 4), 3, hidden=4)
    listen = AudioClassifier(front_end, net, GENRES, Segmenter(22050, length=0.06))  # 3 frames
    assert export(listen, front_end, net, tmp_path / "new" / "model.onnx") < 1e-4


def test_mistakes_are_explained(finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = f"hydra.run.dir={tmp_path}"
    fails(musicgenre("export", f"run={finished_run}", "format=tflite", out), "format is 'tflite': choose onnx or pt2.")
    fails(musicgenre("export", f"run={tmp_path}", out), "is not a trained run")
    monkeypatch.setattr("musicgenre.prediction.export.find_spec", lambda name: None)
    fails(musicgenre("export", f"run={finished_run}", out), "choose format=pt2", "[export]'")


def test_a_file_that_differs_is_refused(finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.prediction.export._write_pt2", lambda *_: np.full((3, 3), 0.5))
    run = package.load_run(finished_run)
    module = run.model
    (tmp_path / "a.pt2").write_text("of before")
    with pytest.raises(MusicGenreError, match="is not written"):
        export(run.classifier, module.waveform_to_features(), module.made_net, tmp_path / "a.pt2")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.pt2", "of before")]
