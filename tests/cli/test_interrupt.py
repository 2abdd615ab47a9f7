import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from command_line import TINY, start, train


@pytest.fixture
def _heeded() -> Iterator[None]:
    """Ctrl-C as a terminal sends it; where tests run in the background it is ignored, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeded")
def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path: Path, corpus_root: Path) -> None:
    folder, epochs = tmp_path / "run", "trainer.max_epochs=30"
    arguments = (*TINY, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={folder}", epochs)
    with start("train", *arguments) as process:
        assert process.stderr is not None
        try:
            seen = next((line for line in process.stderr if line.startswith("epoch 2/30")), None)
            assert seen, "the process ended before its second epoch"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert "Interrupted in epoch" in out + err
    assert f"hydra.run.dir={folder}" in out + err
    assert not (folder / "metrics.json").exists()
    done = len(pd.read_csv(folder / "metrics.csv"))
    assert 1 <= done < 30

    result = train(folder, corpus_root, epochs)
    assert result.status == 0, result.text
    assert f"Going on from {folder / 'checkpoints/last.ckpt'}" in result.text
    assert "epoch 1/30" not in result.text
    assert list(pd.read_csv(folder / "metrics.csv").epoch) == list(range(30))
    assert json.loads((folder / "metrics.json").read_text())["epochs"] == 30
