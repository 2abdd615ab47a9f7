"""What CONTRIBUTING.md shows works: its files are written into a copy of the project, and its command is run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import soundfile as sf
from made_audio import RATE, make_track

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
QUICK = ("trainer=cpu", "trainer.max_epochs=2", "segments.length=1", "logger.tensorboard=false", "hydra.run.dir=run")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_fits_two_screens_and_says_where_files_go() -> None:
    assert [block.split("\n")[0] for block in blocks("python")] == [
        "# musicgenre/nets/mean_net.py",
        "# musicgenre/features/loudness.py",
        "# musicgenre/data/flat_folder.py",
    ]
    assert all(block.startswith("# conf/") for block in blocks("yaml"))


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    for name in ("musicgenre", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks("python") + blocks("yaml"):
        first, rest = block.split("\n", 1)
        path = tmp_path / first.removeprefix("# ")
        assert not path.exists()
        path.write_text(rest)
    (tmp_path / "music").mkdir()
    for genre in ("drone", "hum"):
        for number in range(6):
            sf.write(tmp_path / "music" / f"{genre} - {number}.wav", make_track(genre, number), RATE)
    (command,) = blocks("bash")
    arguments = [*shlex.split(command)[1:], *QUICK]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "metrics.json").is_file()
