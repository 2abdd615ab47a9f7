"""A Trainer's precision applies to what is trained, and not to what makes and standardises features."""

from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD  # no Adam in half precision: its eps is 0 there

from musicgenre import GenreClassifier, GenreDataModule, splits
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC, FrontEnd, Gabor, LogMel, MelImage, Musicnn

SPLIT = splits.stratified(fractions=(0.5, 0.25, 0.25))


class Far(FrontEnd):
    """Two values per segment that half precision makes equal, or infinite."""

    one_size = True

    def forward(self, waveform: Tensor) -> Tensor:
        levels = torch.stack([waveform.square().mean(-1).sqrt(), waveform.diff(dim=-1).abs().mean(-1)], 1)
        return 661500 + 1000 * levels[:, None, :, None]

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        return 1, 2, 1


class Linear(nn.Module):
    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(in_shape[0] * in_shape[1], n_classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x.mean(-1).flatten(1))
        return logits


def make_trainer(**more: Any) -> L.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    return L.Trainer(max_epochs=1, accelerator="cpu", logger=False, **(quiet | more))


@pytest.mark.parametrize("precision", ["bf16-true", "16-true", "64-true"])
def test_what_was_fitted_is_kept_as_it_was_fitted(precision: Any, corpus: Corpus, tmp_path: Path) -> None:
    data = GenreDataModule(corpus, Far(), length=1.0, split=SPLIT)
    model, trainer = GenreClassifier(Linear, lr=0.1, optimizer=SGD), make_trainer(precision=precision)
    trainer.fit(model, data)
    values = torch.from_numpy(data.features[data.rows["train"]]).double()
    assert model.standardize is not None
    torch.testing.assert_close(model.standardize.mean.double(), values.mean((0, 3))[..., None], rtol=1e-6, atol=0.1)
    while_fitting = float(trainer.callback_metrics["val/segment/loss"])
    (again,) = trainer.validate(model, data, verbose=False)
    assert again["val/segment/loss"] == pytest.approx(while_fitting, rel=1e-6)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    loaded = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", net=Linear, trusted={f"{__name__}.Far"})
    assert torch.equal(loaded.standardize.mean, model.standardize.mean)  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize("precision", ["bf16-true", "16-true", "64-true", "32-true"])
def test_a_model_new_or_loaded_is_summed_up_in_any_precision(precision: Any, corpus: Corpus, tmp_path: Path) -> None:
    data = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=SPLIT)
    trainer = make_trainer(precision=precision, enable_model_summary=True)
    trainer.fit(GenreClassifier(Linear, lr=0.1, optimizer=SGD), data)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    loaded = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", net=Linear, lr=0.1, optimizer=SGD)
    assert loaded.example_input_array.dtype == torch.float32
    make_trainer(precision=precision, enable_model_summary=True).fit(loaded, data)
    assert loaded.example_input_array.dtype == next(loaded.made_net.parameters()).dtype


@pytest.mark.parametrize("make", [LogMel, MFCC, MelImage, Gabor, Musicnn])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_front_end_cast_to_half_precision_computes_as_before(make: type[FrontEnd], dtype: torch.dtype) -> None:
    front_end, waveform = make(), 0.1 * torch.randn(1, 22050, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = front_end(waveform)
        assert torch.equal(front_end.to(dtype)(waveform), expected)
