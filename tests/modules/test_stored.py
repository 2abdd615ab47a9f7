"""Checkpoints are whole, or refused by name; rewritten ones cause a warning."""

import zipfile
from pathlib import Path

import pytest
import torch
from made_models import checkpoint, write_net
from made_runs import write_run

from musicgenre import GenreClassifier, MusicGenreError
from musicgenre.modules.stored import read_stored
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.sums import NAME, sha256_of
from musicgenre.training.trained import load_model


def test_every_flipped_bit_of_the_weights_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    torch.save(checkpoint(), path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        places = [part.header_offset + 200 for part in archive.infolist() if part.file_size > 300]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(MusicGenreError, match="not a whole checkpoint"):
            read_stored(path)


def test_what_unfolds_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "bomb.ckpt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    with pytest.raises(MusicGenreError, match="compressed"):
        read_stored(path)


def test_a_complete_run_keeps_the_hashes_of_its_checkpoints(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = RunFolder(write_run(write_net(tmp_path / "run")))
    assert (run.path / NAME).read_text() == f"{sha256_of(run.best_ckpt)}  checkpoints/best.ckpt\n"
    first = load_model(run.path)
    assert not caplog.records
    content = checkpoint()
    for value in content["state_dict"].values():
        if isinstance(value, torch.Tensor):
            value += 1
    torch.save(content, run.best_ckpt)
    second = load_model(run.path)
    assert "is not the file that the run wrote" in caplog.text
    assert not torch.equal(next(first.parameters()), next(second.parameters()))


def test_a_record_of_other_kinds_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    for name, value in (("net", None), ("card", 5), ("genres", [1]), ("config", []), ("standardize", {"name": 1})):
        content = checkpoint()
        content["musicgenre"][name] = value
        torch.save(content, path)
        with pytest.raises(MusicGenreError, match="damaged"):
            GenreClassifier.load_from_checkpoint(path)
