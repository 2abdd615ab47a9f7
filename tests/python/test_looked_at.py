"""What reads all attributes of our modules: loggers that draw a graph, tracing, `inspect`."""

import inspect
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError
from musicgenre.features import MFCC, LogMel, MelImage
from musicgenre.nets import FCNN

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
QUIET: dict[str, Any] = {"enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}


def test_a_logger_draws_the_graph_of_a_classifier(audio: GenreDataModule, tmp_path: Path) -> None:
    logger = TensorBoardLogger(str(tmp_path), log_graph=True)
    L.Trainer(max_epochs=1, accelerator="cpu", logger=logger, **QUIET).fit(GenreClassifier(FCNN), audio)
    assert logger._experiment is not None
    (events,) = Path(logger.log_dir).glob("events.*")
    assert b"GenreClassifier/FCNN[net]" in events.read_bytes()


def test_a_trained_classifier_is_traced(audio: GenreDataModule) -> None:
    model = GenreClassifier(FCNN)
    L.Trainer(max_epochs=1, accelerator="cpu", logger=False, **QUIET).fit(model, audio)
    traced: Any = model.to_torchscript(method="trace")
    x = torch.randn(7, *audio.in_shape)
    assert torch.allclose(traced(x), model(x), atol=1e-6)


def test_all_that_a_front_end_has_can_be_asked_for() -> None:
    for front_end in (LogMel(), MFCC()):
        assert "picture_size" not in dict(inspect.getmembers(front_end))
    assert dict(inspect.getmembers(MelImage(size=16)))["picture_size"] == (16, 16)
    waveform = torch.randn(1, 22050)
    assert torch.allclose(torch.jit.trace(MFCC(), waveform)(waveform), MFCC()(waveform), atol=1e-3)


def test_what_is_not_there_says_why() -> None:
    with pytest.raises(MusicGenreError, match="LogMel takes no pictures: choose features=picture"):
        _ = LogMel().picture_size
    with pytest.raises(MusicGenreError, match="Nothing has been validated or tested yet"):
        _ = GenreClassifier(FCNN).predictions
    with pytest.raises(MusicGenreError, match=r"The net is made when training begins"):
        GenreClassifier(FCNN)(torch.zeros(1, 1, 5, 1))
    with pytest.raises(AttributeError, match="'LogMel' object has no attribute 'nothing'"):
        _ = LogMel().nothing
