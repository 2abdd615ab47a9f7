from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from command_line import fails, musicgenre, train
from made_music import RATE, make_tune
from PIL import Image


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audited")
    for genre, first in (("hum", 0), ("ska", 100)):
        (root / genre).mkdir()
        for number in range(4):
            sf.write(root / genre / f"{chr(97 + number)}.wav", make_tune(first + number), RATE, subtype="PCM_16")
    for name in "vwxyz":  # one tune five times, so that every split separates some of its copies
        wave = make_tune(7)[ord(name) * 50 :]
        sf.write(root / "hum" / f"{name}.wav", np.float32(0.5) * wave, RATE, subtype="PCM_16")
    (root / "hum" / "cover.jpg").touch()
    return root


def test_an_audit_writes_a_table_and_a_figure_and_training_warns_of_what_it_found(root: Path, tmp_path: Path) -> None:
    result = musicgenre("audit", f"data.root={root}", f"hydra.run.dir={tmp_path / 'audit'}")
    assert result.status == 0, result.text
    assert "No track is unreadable, silent, clipped or of unusual length." in result.out
    assert f"figure: {tmp_path / 'audit' / 'audit.png'}" in result.out
    assert "1 file left out:" in result.text
    assert "  hum/cover.jpg: not .wav" in result.text
    assert "10 pairs of tracks that sound alike" in result.out
    table = pd.read_csv(tmp_path / "audit" / "audit.csv", keep_default_na=False)
    assert len(table) == 13
    assert set(table.track[table.sounds_like != ""]) == {f"hum/{name}.wav" for name in "vwxyz"}
    with Image.open(tmp_path / "audit" / "audit.png") as figure:
        assert figure.size[0] > 500
    trained = train(tmp_path / "run", root, "trainer.max_epochs=1")
    assert trained.status == 0, trained.text
    assert "LEAK: hum/" in trained.text
    assert "sounds like hum/" in trained.text


def test_what_cannot_be_audited_is_said(root: Path, tmp_path: Path) -> None:
    out = f"hydra.run.dir={tmp_path / 'out'}"
    fails(musicgenre("audit", f"data.root={root / 'hum'}", out), "holds audio files itself")
    fails(musicgenre("audit", f"data.root={root}", "threshold=2", out), "threshold is 2")
