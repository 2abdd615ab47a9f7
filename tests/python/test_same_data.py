"""A trained model is given its own kind of data: a checkpoint through a Trainer, and features of the same shape."""

from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping
from made_audio import write_corpus
from torch.utils.data import DataLoader

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, folder, splits
from musicgenre.features import MFCC, FrontEnd, LogMel
from musicgenre.modules.schedule import Schedule
from musicgenre.nets import BiLSTM

TinyBiLSTM = partial(BiLSTM, hidden=4)


def make_data(root: Path, front_end: FrontEnd | None = None, seed: int = 0, **settings: Any) -> GenreDataModule:
    split = splits.stratified(fractions=(0.5, 0.25, 0.25), seed=seed)
    return GenreDataModule(folder(root), front_end or MFCC(n_mfcc=5), length=1.0, split=split, **settings)


def make_trainer(place: Path, epochs: int = 1, **more: Any) -> L.Trainer:
    off = ("enable_progress_bar", "enable_model_summary", "enable_checkpointing", "logger")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    return L.Trainer(max_epochs=epochs, accelerator="cpu", default_root_dir=str(place), **quiet, **more)


@pytest.fixture(scope="module")
def checkpoint(corpus_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained")
    trainer = make_trainer(path, callbacks=[EarlyStopping("val/loss")])  # of which no test says that it is missing
    trainer.fit(GenreClassifier(TinyBiLSTM, lr=0.02), make_data(corpus_root))
    trainer.save_checkpoint(path / "some.ckpt")
    return path / "some.ckpt"


@pytest.mark.parametrize("standardize", ["coefficient", "element", None])
def test_a_trainer_standardises_as_the_checkpoint_was_trained(
    checkpoint: Path, corpus_root: Path, tmp_path: Path, standardize: str | None
) -> None:
    loaded = GenreClassifier.load_from_checkpoint(checkpoint)
    (expected,) = make_trainer(tmp_path).test(loaded, make_data(corpus_root, seed=5), verbose=False)
    fresh, data = GenreClassifier(TinyBiLSTM), make_data(corpus_root, seed=5, standardize=standardize)
    (found,) = make_trainer(tmp_path).test(fresh, data, ckpt_path=str(checkpoint), verbose=False)
    assert found == pytest.approx(expected, abs=1e-6)
    assert fresh.card == loaded.card
    waveform = torch.randn(1, 22050)
    assert torch.allclose(fresh.probabilities(waveform), loaded.probabilities(waveform), atol=1e-6)


def test_numbers_and_names_of_numpys_are_as_good_as_pythons_own(corpus_root: Path, tmp_path: Path) -> None:
    whole: Any = np.int64
    real = np.float64
    front_end = LogMel(whole(22050), n_fft=whole(1024), n_mels=whole(16), f_min=real(50), f_max=np.float32(8000))  # type: ignore[arg-type]
    data = GenreDataModule(
        folder(corpus_root, genres=np.array(["drone", "hum"])),  # type: ignore[arg-type]
        front_end,
        length=real(1),
        max_segments=whole(2),
        window=real(0.5),
        windows=whole(1),
    )
    momentum = partial(torch.optim.SGD, momentum=real(0.9))
    steps = Schedule(partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=real(0.5)), interval="epoch")
    net = partial(BiLSTM, hidden=whole(4))
    model = GenreClassifier(net, lr=real(0.01), genres=np.array(["drone", "hum"]), optimizer=momentum, scheduler=steps)  # type: ignore[arg-type]
    trainer = make_trainer(tmp_path)
    trainer.fit(model, data)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    loaded = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")
    x = torch.randn(2, *data.in_shape)
    assert torch.equal(loaded(x), model(x))
    plain = make_data(corpus_root, LogMel(22050, n_fft=1024, n_mels=16, f_min=50.0, f_max=8000.0), max_segments=2)
    assert make_data(corpus_root, front_end, max_segments=whole(2)).key == plain.key
    fresh = GenreClassifier(BiLSTM(data.in_shape, 2), genres=np.array(["drone", "hum"]))  # type: ignore[arg-type]
    assert list(map(type, fresh.genres or ())) == [str, str]


class Plain(L.LightningModule):
    """A third-party module that knows nothing of standardisation; keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(5, 3)
        self.seen: list[torch.Tensor] = []

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        self.seen.append(batch.x)
        loss: torch.Tensor = self.layer(batch.x.mean((1, 3))).square().mean()
        return loss

    def test_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        self.seen.append(batch.x)
        return torch.zeros(())

    validation_step = predict_step = test_step

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1e-6)


@pytest.mark.parametrize("stage", ["fit", "test", "predict"])
def test_a_model_that_was_tested_leaves_its_standardisation_to_no_other(
    stage: str, checkpoint: Path, corpus_root: Path, tmp_path: Path
) -> None:
    def seen(data: GenreDataModule) -> torch.Tensor:
        model, trainer = Plain(), make_trainer(tmp_path, num_sanity_val_steps=0)
        getattr(trainer, stage)(model, data, **({"verbose": False} if stage == "test" else {}))
        return torch.cat(model.seen)

    own, lent = (make_data(corpus_root, seed=5, standardize=None) for _ in range(2))
    loaded = GenreClassifier.load_from_checkpoint(checkpoint)
    (before,) = make_trainer(tmp_path).test(loaded, lent, verbose=False)
    assert torch.equal(seen(lent), seen(own))
    assert torch.equal(lent.train[0].features, own.train[0].features)
    (after,) = make_trainer(tmp_path).test(loaded, lent, verbose=False)
    assert after == before


def test_a_trainer_that_is_given_loaders_knows_no_data_of_an_earlier_call(
    checkpoint: Path, corpus_root: Path, tmp_path: Path
) -> None:
    trainer, own = make_trainer(tmp_path), make_data(corpus_root, MFCC(n_mfcc=4))
    trainer.fit(GenreClassifier(TinyBiLSTM), own)
    loaded, lent = GenreClassifier.load_from_checkpoint(checkpoint), make_data(corpus_root, seed=5)
    (expected,) = make_trainer(tmp_path).test(loaded, lent, verbose=False)
    (found,) = trainer.test(loaded, lent.test_dataloader(), verbose=False)  # of 5 coefficients
    assert found == expected
    (found,) = trainer.test(loaded, lent, verbose=False)
    (again,) = trainer.test(loaded, lent.test_dataloader(), verbose=False)  # standardised as before
    assert again == found == expected
    fresh = GenreClassifier(TinyBiLSTM, genres=lent.genres)
    trainer.fit(fresh, DataLoader(lent.train, batch_size=8))
    assert fresh.card is None
    assert fresh.in_shape == lent.in_shape


def test_a_trained_model_is_tested_and_predicts_on_data_that_is_all_test(checkpoint: Path, corpus_root: Path) -> None:
    def all_test(standardize: str | None) -> GenreDataModule:
        model = GenreClassifier.load_from_checkpoint(checkpoint)
        split: Any = lambda corpus, segments: np.full(len(segments), "test")  # noqa: E731
        return GenreDataModule(folder(corpus_root), model.front_end, length=1.0, split=split, standardize=standardize)

    model, trainer = GenreClassifier.load_from_checkpoint(checkpoint), make_trainer(corpus_root)
    (found,) = trainer.test(model, all_test("coefficient"), verbose=False)
    (expected,) = trainer.test(model, all_test(None), verbose=False)
    assert found == expected
    assert len(model.predictions) == len(all_test(None).segments)
    made, fitted = GenreClassifier(cast(torch.nn.Module, model.net)), cast(Any, model.standardize)
    (by_hand,) = trainer.test(made, all_test(fitted), verbose=False)
    assert by_hand == found
    for _ in range(2):
        untrained = GenreClassifier(TinyBiLSTM)
        with pytest.raises(MusicGenreError, match=r"not been trained, and .* no segment for train: give ckpt"):
            trainer.test(untrained, all_test("coefficient"), verbose=False)
        (loaded,) = trainer.test(untrained, all_test("coefficient"), ckpt_path=str(checkpoint), verbose=False)
        assert loaded == found
    for wrong, said in (("typo.ckpt", FileNotFoundError), (str(corpus_root / "drone"), Exception)):
        with pytest.raises(said):
            trainer.test(untrained := GenreClassifier(TinyBiLSTM), all_test("coefficient"), ckpt_path=wrong)
        with pytest.raises(MusicGenreError, match="not been trained"):
            trainer.test(untrained, all_test("coefficient"), verbose=False)
        trainer.fit(untrained, trainable := make_data(corpus_root))
        assert type(untrained.standardize) is type(trainable.standardize) is not torch.nn.Identity
    trainer.test(GenreClassifier(cast(torch.nn.Module, model.net)), all_test(None), verbose=False)
    frames: Any = trainer.predict(model, all_test("coefficient"))
    assert sum(map(len, frames)) == len(model.predictions)
    for standardize in ("coefficient", None):
        with pytest.raises(MusicGenreError, match="leaves no track of drone, hum, whistle to train on"):
            trainer.fit(GenreClassifier(TinyBiLSTM), all_test(standardize))
    with pytest.raises(MusicGenreError, match="leaves no track of drone, hum, whistle to train on"):
        trainer.fit(model, all_test("coefficient"))
    with pytest.raises(MusicGenreError, match="left no segment for train"):
        all_test("coefficient").setup()


def test_a_trainer_gives_a_checkpoint_no_data_of_another_kind(
    checkpoint: Path, corpus_root: Path, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "others", genres=("drone", "hiss", "hum"), tracks=4, seconds=1.0)
    others = GenreDataModule(folder(root), MFCC(n_mfcc=5), length=1.0)
    with pytest.raises(MusicGenreError, match=r"genres are drone, hum, whistle, but the data's are drone, hiss, hum"):
        make_trainer(tmp_path).test(GenreClassifier(TinyBiLSTM), others, ckpt_path=str(checkpoint), verbose=False)
    mels = make_data(corpus_root, LogMel(n_mels=5))
    with pytest.raises(MusicGenreError, match=r"trained on MFCC\(n_mfcc=5\), but the data has LogMel\(n_mels=5\)"):
        make_trainer(tmp_path).test(GenreClassifier(TinyBiLSTM), mels, ckpt_path=str(checkpoint), verbose=False)


def test_training_goes_on_from_a_checkpoint(checkpoint: Path, corpus_root: Path, tmp_path: Path) -> None:
    model, data = GenreClassifier(TinyBiLSTM, lr=0.02), make_data(corpus_root)
    trainer, fitted = make_trainer(tmp_path, 2, callbacks=[EarlyStopping("val/loss")]), data.standardize
    trainer.fit(model, data, ckpt_path=str(checkpoint))
    assert trainer.current_epoch == 2
    assert torch.equal(data.standardize.state_dict()["mean"], fitted.state_dict()["mean"])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (LogMel(n_mels=5), r"LogMel\(n_mels=5\)"),
        (MFCC(11025, n_mfcc=5, hop_length=256), r"MFCC\(sample_rate=11025, n_mfcc=5, hop_length=256\)"),
    ],
)
def test_features_of_the_same_shape_are_not_the_same(
    checkpoint: Path, corpus_root: Path, tmp_path: Path, other: FrontEnd, said: str
) -> None:
    model, data = GenreClassifier.load_from_checkpoint(checkpoint), make_data(corpus_root, other)
    assert data.in_shape == (1, 5, 44)
    with pytest.raises(MusicGenreError, match=rf"trained on MFCC\(n_mfcc=5\), but the data has {said}: .*front_end"):
        make_trainer(tmp_path).test(model, data, verbose=False)


def test_a_default_that_is_written_out_is_the_same(checkpoint: Path, corpus_root: Path, tmp_path: Path) -> None:
    model = GenreClassifier.load_from_checkpoint(checkpoint)
    found = make_trainer(tmp_path).test(model, make_data(corpus_root, MFCC(22050, n_mfcc=5)), verbose=False)
    assert found == make_trainer(tmp_path).test(model, make_data(corpus_root), verbose=False)


def test_a_loss_with_weights_of_its_own_needs_none_in_a_checkpoint(corpus_root: Path, tmp_path: Path) -> None:
    weighted = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    model, trainer = GenreClassifier(TinyBiLSTM, loss=weighted), make_trainer(tmp_path)
    trainer.fit(model, make_data(corpus_root))
    trainer.save_checkpoint(tmp_path / "weighted.ckpt")
    again = GenreClassifier.load_from_checkpoint(tmp_path / "weighted.ckpt")
    waveform = torch.randn(1, 22050)
    assert torch.allclose(again.probabilities(waveform), model.probabilities(waveform), atol=1e-6)
    fresh = GenreClassifier(TinyBiLSTM)
    make_trainer(tmp_path).test(fresh, make_data(corpus_root), ckpt_path=str(tmp_path / "weighted.ckpt"), verbose=False)


def test_a_loss_that_is_given_keeps_its_weights(checkpoint: Path) -> None:
    weighted = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    model = GenreClassifier.load_from_checkpoint(checkpoint, loss=weighted)
    assert isinstance(model.loss, torch.nn.CrossEntropyLoss)
    assert torch.equal(model.loss.state_dict()["weight"], torch.tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("precision", ["bf16-true", "64-true"])
@pytest.mark.filterwarnings("ignore:.*bf16")
def test_a_net_of_other_precision_hears(precision: Any, corpus_root: Path, tmp_path: Path) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path, precision=precision)
    trainer.fit(model, make_data(corpus_root))
    waveform = torch.randn(1, 22050)
    probs = model.probabilities(waveform)
    assert next(model.made_net.parameters()).dtype == (torch.bfloat16 if "bf16" in precision else torch.float64)
    assert probs.dtype == torch.float32
    heard = model.listen(waveform[0], sample_rate=22050).probabilities
    assert heard[list(model.genres or ())].to_numpy() == pytest.approx(probs[0].numpy(), abs=0.02)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")
    assert again.probabilities(waveform).numpy() == pytest.approx(probs.numpy(), abs=0.05)


def test_a_model_reused_for_another_fold_is_told_to_have_seen_its_tracks(
    corpus_root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (make_data(corpus_root, seed=seed) for seed in (0, 1))
    learnt, tested = ({*data.segments.track.iloc[data.rows[on]]} for data, on in ((first, "train"), (second, "test")))
    validated = {*second.segments.track.iloc[second.rows["val"]]}
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    for _ in range(2):  # training goes on
        trainer.fit(model, make_data(corpus_root))
    trainer.test(model, first, verbose=False)
    assert "LEAK" not in caplog.text
    for _ in range(2):
        trainer.test(model, second, verbose=False)
    (said,) = [message for message in caplog.messages if "LEAK" in message]
    assert said.startswith(f"LEAK: {len(learnt & tested)} of {len(tested)} test tracks are among those the model was")
    assert said.endswith("make a new model for each fold, unless its weights were put back.")
    caplog.clear()
    trainer.fit(model, second)
    trainer.test(model, second, verbose=False)
    (said,) = [message for message in caplog.messages if "LEAK" in message]
    assert f"{len(learnt & validated)} of {len(validated)} val and {len(learnt & tested)} of {len(tested)} test" in said


def test_what_a_split_leaks_itself_is_not_told_as_seen_before(
    corpus_root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    data = GenreDataModule(folder(corpus_root), MFCC(n_mfcc=5), length=1.0, split=splits.segment_random())
    trainer.fit(model, data)
    trainer.test(model, data, verbose=False)
    (said,) = [message for message in caplog.messages if "LEAK" in message]
    assert "segment_random LEAKS" in said
