"""Answers that need no computing import nothing that computes: one process gives them all and lists its modules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from musicgenre.cli.commands import COMMANDS

HEAVY: tuple[str, ...] = (
    "torch",
    "torchaudio",
    "lightning",
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "librosa",
    "numba",
    "soxr",
)
HEAVY += ("soundfile", "matplotlib", "PIL", "rich", "joblib", "loky", "tensorboard", "wandb", "mlflow", "onnx")
PROGRAM = """
import contextlib, io, json, sys
from musicgenre.__main__ import main

asked, heavy, tests = json.loads(sys.argv[1])
sys.path.append(tests)
import pytest, quick_hydra
for quicker in quick_hydra.QUICK:
    quicker(pytest.MonkeyPatch())
answers = []
for words in asked:
    sys.argv = ["musicgenre", *words]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            status = main()
        except SystemExit as stop:
            status = stop.code
    answers.append([status, text.getvalue(), [name for name in heavy if name in sys.modules]])
print(json.dumps(answers))
"""
FILES = {  # that the answers are about
    "results/metrics.json": "{}",
    "gan/metrics.json": "{}",
    "gan/.hydra/hydra.yaml": "hydra: {job: {config_name: gan}}",
    "begun/.hydra/hydra.yaml": "hydra: {job: {config_name: gan}}",
    "run/environment.json": '{"signature": "1"}',
    "run/checkpoints/best.ckpt": "weights",
}
ANSWERS: dict[tuple[str, ...], str] = {  # what is typed, and part of the answer
    (): "Commands:",
    ("--version",): "musicgenre 0",
    ("--help",): "Commands:",
    **{(command, "--help"): "== Values" for command in COMMANDS},
    ("train", "--cfg", "job"): "_target_: musicgenre.nets.CNN",
    ("train", "--cfg", "job", "experiment=net5_bilstm"): "_target_: musicgenre.nets.BiLSTM",
    ("train", "model=bilsm"): "Did you mean bilstm?",
    ("train", "optimizer.rl=1"): "train has no setting optimizer.rl",
    ("trian",): "Did you mean train?",
    ("train", "data=gtzan"): "data.root is not set",
    ("train", "data=gtzan", "data.root=/nowhere"): "There is no folder /nowhere",
    ("train", "+trainer.accumulate_grad_batches=0"): "give a whole number of at least 1",
    ("report", "runs=/nowhere"): "There is no folder /nowhere",
    ("compare", "runs=/nowhere", "by=model"): "There is no folder /nowhere",
    ("predict", "run=/nowhere", "audio=/nowhere"): "/nowhere is not a trained run",
    ("evaluate", "run=results"): "results is not a trained run (it holds results but no model",
    ("predict", "run=gan", "audio=gan"): "gan holds a GAN, which classifies nothing: draw from it with `musicgenre "
    "generate run=gan`, or give gan_run=gan to `musicgenre train`.",
    ("evaluate", "run=begun"): "begun is not a trained run (it holds a GAN that is not finished)",
    ("predict", "audio=gan", "hydra.run.dir=run"): "run holds a training run, whose results would be overwritten",
    ("evaluate", "run=run", "hydra.run.dir=run"): "run holds a training run, whose results would be overwritten",
    ("--complete", "musicgenre train opt"): "optimizer=",
    ("completion", "zsh"): "compdef",
}


def test_answers_that_need_no_computing_load_nothing_that_computes(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    without_cuda = {"PATH": "", "HOME": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    asked = {**ANSWERS, ("train", "trainer=cuda"): "This machine has no cuda device"}
    command = [sys.executable, "-c", PROGRAM, json.dumps([list(asked), HEAVY, str(Path(__file__).parents[1])])]
    done = subprocess.run(command, cwd=tmp_path, env=without_cuda, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for (words, piece), (_, text, loaded) in zip(asked.items(), json.loads(done.stdout), strict=True):
        assert piece in text, (words, text)
        assert not loaded, (words, loaded)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_completed(command: str) -> None:
    from musicgenre.cli.completion import complete

    assert complete(f"musicgenre {command[:-1]}")
    assert command in complete("musicgenre ")
