"""What a sweep shows on screen, and what its logs hold afterwards."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import fails, musicgenre
from hydra.core.hydra_config import HydraConfig
from made_runs import predictions, write_run
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from musicgenre.cli import launch
from musicgenre.cli.as_typed import as_typed
from musicgenre.cli.closing import show_closing
from musicgenre.cli.sweep import Jobs, Sweep
from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.shortened import Name, shortened
from musicgenre.transcript import say, show


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace training with jobs that recognise as many of four tracks as their seed says."""

    def job(command: str, cfg: DictConfig, begins: object = None) -> float:
        folder = Path(HydraConfig.get().runtime.output_dir)
        log = logging.getLogger("job")
        log.info("a detail of seed %d", cfg.seed)
        log.warning("the same in all")
        say(f"epoch 1 of seed {cfg.seed}")
        show(Table("heading"), f"a sentence of seed {cfg.seed}")
        if cfg.seed == 9:
            raise MusicGenreError("This one cannot be made.")
        run = RunFolder(write_run(folder, predictions(cfg.seed), seed=cfg.seed))
        run.checkpoints.mkdir()
        run.best_ckpt.touch()
        return 0.0

    monkeypatch.setattr(launch, "run_command", job)


def lines_with(text: str, fragment: str) -> list[str]:
    return [line for line in text.splitlines() if fragment in line]


def test_a_sweep_that_cannot_be_composed_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fails(musicgenre("train", "-m", "optimizer=adam,sgd,foo"), "There is no optimizer=foo.")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("took", "left"), [(12.8, "26 s"), (42.3, "1:24 min")])
def test_the_time_left_is_told_in_whole_seconds(took: float, left: str) -> None:
    assert Jobs([took])._left(3, 2) == f" (about {left} left)"


def test_without_validation_no_run_is_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(command: str, cfg: DictConfig, begins: Callable[[], None]) -> float:
        table = predictions(cfg.seed)
        write_run(Path(HydraConfig.get().runtime.output_dir), table[table.split == "test"], seed=cfg.seed)
        return 0.0

    monkeypatch.setattr(launch, "run_command", job)
    result = musicgenre("train", "-m", "seed=1,3", "optimizer=adam", f"hydra.sweep.dir={tmp_path}/s")
    assert result.status == 0, result.text
    assert "Runs, none with validation tracks (%)" in result.text
    assert "sorted by" not in result.text and "best" not in result.text
    assert f"musicgenre report runs={tmp_path}/s" in result.text and "predict" not in result.text


@pytest.mark.usefixtures("job")
def test_a_sweep_shows_its_jobs_and_a_table_and_keeps_the_rest_in_their_logs(tmp_path: Path) -> None:
    result = musicgenre("train", "-m", "seed=1,3,9,2", "optimizer=adam", f"hydra.sweep.dir={tmp_path}/s")
    assert result.status == 1  # because of the one that fails
    starts = lines_with(result.text, "Job ")
    assert "Job 1 of 4: seed=1" in starts[0] and "left" not in starts[0]
    assert "Job 1 of 4 done in " in starts[1] and "validation 25.0 %, test 25.0 %." in starts[1]
    assert "Job 2 of 4: seed=3 (about " in starts[2] and "left)" in starts[2]
    assert len(starts) == 7 and "This one cannot be made." in result.text
    for hidden in ("a detail", "epoch 1", "heading", "a sentence"):
        assert hidden not in result.text
    assert len(lines_with(result.text, "the same in all")) == 1
    assert [line.split()[0] for line in lines_with(result.text, " to ") if "seed=" in line] == [
        "seed=3",
        "seed=2",
        "seed=1",
    ]
    assert f"Next: {as_typed('musicgenre report')} runs={tmp_path}/s\n" in result.out
    assert f"musicgenre predict run={tmp_path}/s/seed=3 audio=" in result.out
    log = (tmp_path / "s" / "seed=3" / "musicgenre.log").read_text()
    for kept in ("Job 2 of 4: seed=3", "a detail of seed 3", "the same in all", "epoch 1 of", "heading", "a sentence"):
        assert kept in log


def test_a_sweep_of_evaluations_suggests_no_predict_as_they_have_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "0", command="evaluate")
    show_closing(Sweep(tmp_path, ("run",), 2))  # of which the other one failed
    assert "75.0" in (shown := capsys.readouterr().out) and "predict" not in shown


def test_a_job_that_another_process_completed_meanwhile_took_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waits(command: str, cfg: DictConfig, begins: Callable[[], None]) -> float:
        write_run(Path(HydraConfig.get().runtime.output_dir), predictions(3), seed=cfg.seed)
        begins()
        return 0.0

    monkeypatch.setattr(launch, "run_command", waits)
    text = musicgenre("train", "-m", "seed=1,2", f"hydra.sweep.dir={tmp_path}/s").text
    assert "Job 1 of 2 was already complete: validation 75.0 %" in text
    assert "done in" not in text and " left)" not in text


@pytest.mark.usefixtures("job")
def test_one_run_shows_everything(tmp_path: Path) -> None:
    result = musicgenre("train", "seed=2", f"hydra.run.dir={tmp_path}")
    for shown in ("a detail of seed 2", "the same in all", "epoch 1 of seed 2", "heading", "a sentence of seed 2"):
        assert shown in result.text
        assert shown in (tmp_path / "musicgenre.log").read_text()
    assert "Job " not in result.text


@pytest.mark.parametrize("width", [30, 44, 200])
def test_tables_shorten_names_in_the_middle_and_never_break_them(width: int) -> None:
    console = Console(width=width)
    table = Table()
    table.add_column("run")
    table.add_column("test", no_wrap=True)
    names = ["net5_bilstm,sgd,optimizer.lr=0.001,seed=2", "日本語" * 12]
    for name in names:
        table.add_row(Name(name), "50.0")
    with console.capture() as shown:
        console.print(table)
    rows = [line for line in shown.get().splitlines() if "50.0" in line]
    assert len(rows) == 2 and len(shown.get().splitlines()) == 6
    assert ("..." in rows[0]) == (width < 60)
    assert "seed=2" in rows[0] or width == 30


def test_shortened_names_keep_both_ends() -> None:
    for width in range(4, 45):
        found = shortened("net5_bilstm,sgd,optimizer.lr=0.001,seed=2", width)
        assert len(found) == min(width, 41)
        assert width < 5 or (found[0], found[-1]) == ("n", "2")


@pytest.mark.parametrize(
    ("by_uv", "started", "typed"),
    [
        (False, ["python", "/bin/musicgenre", "train"], "musicgenre predict"),
        (True, ["python", "/bin/musicgenre", "train"], "uv run musicgenre predict"),
        (False, ["python", "-m", "musicgenre", "train"], "python -m musicgenre predict"),
        (True, ["python", "-m", "musicgenre", "train"], "uv run python -m musicgenre predict"),
    ],
)
def test_the_next_command_is_told_as_it_has_to_be_typed(
    monkeypatch: pytest.MonkeyPatch, by_uv: bool, started: list[str], typed: str
) -> None:
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    if by_uv:
        monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    monkeypatch.setattr("sys.orig_argv", started)
    assert as_typed("musicgenre predict") == typed
