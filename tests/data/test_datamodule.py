import shutil
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from made_audio import write_corpus, write_track
from torch import Tensor, nn
from torch.utils.data import DataLoader

from musicgenre.augment import MelAugment, SpecAugment
from musicgenre.data.audit import audit
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.sources import folder
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import Batch
from musicgenre.data.samples import Samples
from musicgenre.data.splits import SUBSETS, artist_kfold, stratified
from musicgenre.errors import MusicGenreError
from musicgenre.features import Gabor, LogMel, Standardize
from musicgenre.quiet import quiet_lightning
from musicgenre.training.limits import batches_of, inputs_of

FRACTIONS = (0.6, 0.2, 0.2)


def make_data(root: Path, **settings: Any) -> GenreDataModule:
    front_end = LogMel(n_fft=1024, n_mels=16)
    return GenreDataModule(scan(root), front_end, length=0.5, split=stratified(fractions=FRACTIONS), **settings)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("music"), ("drone", "hum"), tracks=5, seconds=2.0)


class Watcher(L.LightningModule):
    """Keeps every batch that reaches it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.seen: dict[str, list[Batch]] = {"train": [], "val": [], "test": []}

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        self.seen["train"].append(batch)
        loss: Tensor = self.layer(batch.x.mean()[None]).sum()
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.seen["val"].append(batch)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self.seen["test"].append(batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1e-6)


def run_through(data: GenreDataModule, **settings: Any) -> dict[str, list[Batch]]:
    """Return the batches that a net gets in an epoch of training with validation, and in a test."""
    trainer = L.Trainer(
        max_epochs=settings.pop("max_epochs", 1),
        accelerator="cpu",
        logger=False,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
        **settings,
    )
    watcher = Watcher()
    trainer.fit(watcher, datamodule=data)
    trainer.test(watcher, datamodule=data, verbose=False)
    return watcher.seen


def standardised(data: GenreDataModule, rows: Tensor) -> Tensor:
    expected: Tensor = data.standardize(torch.tensor(np.array(data.features[rows.numpy()])))
    return expected


def test_every_segment_reaches_its_own_subset_once(root: Path) -> None:
    data = make_data(root, batch_size=5)
    seen = run_through(data)
    for split, batches in seen.items():
        rows = torch.cat([batch.row for batch in batches])
        assert sorted(rows.tolist()) == list(data.rows[split])
        assert torch.equal(torch.cat([batch.label for batch in batches]), data.labels[rows])
    assert [len(data.rows[name]) for name in ("train", "val", "test")] == [24, 8, 8]


def test_augmentation_changes_training_batches_only(root: Path) -> None:
    data = make_data(root, batch_size=8, augment=SpecAugment(freq_mask=0.3, time_mask=0.3))
    seen = run_through(data)
    for split in ("val", "test"):
        for batch in seen[split]:
            assert torch.equal(batch.x, standardised(data, batch.row))
    changed = [batch.x != standardised(data, batch.row) for batch in seen["train"]]
    assert any(differs.any() for differs in changed)
    for batch, differs in zip(seen["train"], changed, strict=True):
        masks = {tuple(item.flatten().tolist()) for item in differs}
        assert len(masks) > len(batch.row) // 2  # each item of a batch has its own mask


@pytest.mark.parametrize("augment", [SpecAugment(0.5, 0.5), MelAugment(0, 0, 0, 0.5, 0.5)])
def test_masks_are_the_mean_whether_features_are_standardised_or_not(root: Path, augment: nn.Module) -> None:
    torch.manual_seed(0)
    data = make_data(root, standardize=None, augment=augment)
    rows = data.rows["train"]
    levels, found = torch.tensor(data.features[rows]), data.as_in_training(rows)
    means = levels.mean((1, 2, 3), keepdim=True).expand_as(levels)
    masked = (found - levels).abs() > 1e-3
    assert masked.float().mean() > 0.2
    torch.testing.assert_close(found[masked], means[masked])
    data = make_data(root, augment=augment)
    levels, found = torch.stack([data.train[i].features for i in range(len(rows))]), data.as_in_training(rows)
    assert (found[found != levels] == 0).all()


SAID = r"{} returns {} for float32 of shape \(8, 1, 16, 22\): let it keep the dtype and the number of items"


@pytest.mark.parametrize(
    ("augment", "said"),
    [
        (lambda x: None, "The augmentation <lambda> returns a NoneType: let it return the batch, a tensor"),
        (lambda x: (x, 1), "The augmentation <lambda> returns a tuple: let it"),
        (lambda x: x.numpy(), "The augmentation <lambda> returns a ndarray: let it"),
        (torch.Tensor.double, SAID.format("double", r"float64 of shape \(8, 1, 16, 22\)")),
        (lambda x: torch.cat([x, x]), SAID.format("<lambda>", r"float32 of shape \(16, 1, 16, 22\)")),
    ],
)
def test_an_augmentation_that_returns_no_such_batch_is_refused(root: Path, augment: Any, said: str) -> None:
    with pytest.raises(MusicGenreError, match=said):
        next(iter(make_data(root, batch_size=8, augment=augment).train_dataloader()))
    if augment(torch.ones(2, 3)) is None:
        wave = nn.Identity()
        wave.forward = augment  # type: ignore[method-assign]
        with pytest.raises(MusicGenreError, match="The wave augmentation Identity returns a NoneType: let it return"):
            next(iter(make_data(root, batch_size=8, wave_augment=wave).train_dataloader()))


class Scaling(nn.Identity):
    """A standardisation that changes nothing."""

    def fit(self, batches: Any) -> None:
        """Look at nothing."""


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (
            lambda x: x.double(),
            r"Scaling returns float64 of shape \(2, 1, 16, 22\) for float32 .*: let it keep .* the shape",
        ),
        (lambda x: x.mean(-1), r"Scaling returns float32 of shape \(2, 1, 16\) for float32 of shape \(2, 1, 16, 22\):"),
        (lambda x: None, "Scaling returns a NoneType: let it return the batch, a tensor"),
        (None, r"Identity is not a module with a method fit\(batches\), which takes .*: add one"),
    ],
)
def test_a_standardisation_that_returns_other_features_is_refused(root: Path, forward: Any, said: str) -> None:
    def make(in_shape: tuple[int, ...]) -> nn.Module:
        scaling = nn.Identity() if forward is None else Scaling()
        scaling.forward = forward or scaling.forward  # type: ignore[method-assign]
        return scaling

    with pytest.raises(MusicGenreError, match=f"^The standardisation {said}"):
        _ = make_data(root, standardize=make).standardize


def test_without_augmentation_training_batches_are_the_standardised_features(root: Path) -> None:
    data = make_data(root, batch_size=8)
    for batch in run_through(data)["train"]:
        assert torch.equal(batch.x, standardised(data, batch.row))


@pytest.mark.parametrize("pool", ["coefficient", "global", "element"])
def test_standardised_training_features_have_mean_0_and_deviation_1(root: Path, pool: Any) -> None:
    data = make_data(root, standardize=pool)
    data.setup()
    x = standardised(data, torch.tensor(data.rows["train"]))
    axes = {"coefficient": (0, 3), "global": (0, 1, 2, 3), "element": (0,)}[pool]
    assert torch.allclose(x.mean(axes), torch.zeros(()), atol=1e-4)
    assert torch.allclose(x.std(axes, correction=0), torch.ones(()), atol=1e-3)


def test_statistics_come_from_training_rows_alone(root: Path, tmp_path: Path) -> None:
    first = make_data(root)
    first.setup()
    copy = write_corpus(tmp_path / "copy", ("drone", "hum"), tracks=5, seconds=2.0)
    others = first.segments.track[np.concatenate([first.rows[name] for name in ("val", "test")])].unique()
    for number, track in enumerate(others):
        write_track(copy / track, "hiss", 10 + number, seconds=2.0)
    second = make_data(copy)
    second.setup()
    assert not np.array_equal(first.features[first.rows["test"]], second.features[second.rows["test"]])
    assert isinstance(first.standardize, Standardize)
    assert isinstance(second.standardize, Standardize)
    assert torch.equal(first.standardize.mean, second.standardize.mean)
    assert torch.equal(first.standardize.std, second.standardize.std)
    train = str(first.segments.track[first.rows["train"][0]])
    write_track(copy / train, "hiss", 9, seconds=2.0)
    third = make_data(copy)
    third.setup()
    assert isinstance(third.standardize, Standardize)
    assert not torch.equal(first.standardize.mean, third.standardize.mean)


def test_given_standardisation_is_used_and_not_fitted(root: Path) -> None:
    fitted = Standardize("global", (1, 16, 22))
    fitted.fit([torch.tensor([[[[10.0, 12.0]]]]).expand(1, 1, 16, 2)])
    data = make_data(root, standardize=fitted)
    data.setup()
    assert data.standardize is fitted
    assert fitted.mean.item() == 11.0


def test_no_standardisation_leaves_features_as_they_are(root: Path) -> None:
    data = make_data(root, standardize=None)
    batch = run_through(data)["test"][0]
    assert np.array_equal(batch.x.numpy(), data.features[batch.row.numpy()])


def test_shape_of_one_segment(root: Path) -> None:
    data = make_data(root)
    assert data.in_shape == (1, 16, 22)
    assert data.features.shape == (40, 1, 16, 22)


class Away(LogMel):
    """A front end whose tables are on another device until they are moved to the CPU."""

    def cpu(self) -> Any:
        return LogMel(n_fft=1024, n_mels=16)


def test_a_front_end_on_another_device_gives_features_and_stays_there(root: Path) -> None:
    away = Away(n_fft=1024, n_mels=16).to("meta")
    data, plain = (GenreDataModule(scan(root), each, length=0.5) for each in (away, LogMel(n_fft=1024, n_mels=16)))
    assert np.array_equal(data.features, plain.features)
    assert {buffer.device.type for buffer in data.front_end.buffers()} == {"meta"}


def test_starts_in_batches_are_as_precise_as_any_device_takes(root: Path) -> None:
    data = make_data(root)
    batch = next(iter(DataLoader(data.test, batch_size=4)))
    assert batch.start.dtype == torch.float32
    assert batch.start.tolist() == data.test.table.start[:4].tolist()


def test_overfitting_repeats_the_same_batches_of_all_genres(root: Path) -> None:
    data = make_data(root, batch_size=4)
    seen = run_through(data, overfit_batches=2, max_epochs=3)["train"]
    epochs = [torch.cat([batch.row for batch in seen[i : i + 2]]).tolist() for i in (0, 2, 4)]
    assert epochs[0] == epochs[1] == epochs[2]
    assert len(set(data.labels[epochs[0]].tolist())) == 2


def test_overfitting_all_batches_leaves_out_a_last_one_of_a_single_segment(root: Path) -> None:
    data = make_data(root, batch_size=23)  # of 24 training segments
    assert [len(batch.row) for batch in run_through(data, overfit_batches=1.0)["train"]] == [23]
    assert batches_of(data)["train"] == 1


@pytest.mark.parametrize("limit", [1, 0.4])
def test_training_figures_of_some_batches_are_of_all_genres(root: Path, limit: float) -> None:
    data = make_data(root, batch_size=8)
    run_through(data)
    assert next(iter(data.unaugmented_dataloader())).row.tolist() == data.rows["train"][:8].tolist()
    run_through(data, limit_train_batches=limit)
    some, again = (next(iter(data.unaugmented_dataloader())) for _ in range(2))
    assert set(some.label.tolist()) == {0, 1}
    assert some.row.tolist() == again.row.tolist()
    whole = torch.cat([batch.row for batch in data.unaugmented_dataloader()])
    assert sorted(whole.tolist()) == data.rows["train"].tolist()


@pytest.mark.parametrize("settings", [{}, {"window": 0.5, "windows": 3}])
@pytest.mark.parametrize("batch_size", [4, 5, 24])
@pytest.mark.parametrize("added", [0, 1])
def test_batches_are_counted_before_there_is_a_loader(
    root: Path, settings: dict[str, Any], batch_size: int, added: int
) -> None:
    data = make_data(root, batch_size=batch_size, **settings)
    counted = batches_of(data, added=added)
    if added:
        data.add_training(Samples(np.zeros((1, *data.in_shape), np.float32), np.zeros(1, np.int64), data.genres))
    loaders = {"train": data.train_dataloader(), "val": data.val_dataloader(), "test": data.test_dataloader()}
    assert counted == {split: sum(1 for _ in loader) for split, loader in loaders.items()}


def test_a_process_trains_on_its_share_of_windows_and_of_what_is_added(root: Path) -> None:
    plain, windows = make_data(root, batch_size=7), make_data(root, batch_size=7, window=0.5, windows=3)
    assert len(plain.rows["train"]) == 24
    assert inputs_of(plain, 24)["train"] == 1
    assert inputs_of(windows, 24)["train"] == 3
    assert inputs_of(plain, 24, added=24)["train"] == 2


def test_split_that_leaves_no_training_segment_is_refused(root: Path) -> None:
    data = make_data(root)
    data.split = lambda corpus, segments: np.full(len(segments), "test")
    with pytest.raises(MusicGenreError, match="no segment for train"):
        data.setup()


def test_what_a_split_leaves_empty_is_told_once_it_is_asked_for(
    root: Path, recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    data = make_data(root)
    data.split = stratified(fractions=(0.6, 0.0, 0.4))
    quiet_lightning()  # pytest shows all warnings
    assert run_through(data)["test"]
    assert not [str(each.message) for each in recwarn if "is zero" in str(each.message)]
    assert "no segment" not in caplog.text
    data.setup("validate")
    assert caplog.messages[-1] == "The split left no segment for val: there are no results."


@pytest.mark.parametrize("name", ["corpus", "front_end", "segmenter", "split", "fit_on_all", "assignment"])
def test_what_opened_data_was_made_from_cannot_be_set(root: Path, name: str) -> None:
    data = make_data(root)
    data.front_end = LogMel(n_fft=1024, n_mels=8)  # not yet in use
    assert data.in_shape[1] == 8
    before = repr(data)
    with pytest.raises(MusicGenreError, match=rf"^{name} cannot be set on data .*: make a new GenreDataModule"):
        setattr(data, name, getattr(make_data(root), name))
    assert repr(data) == before


def test_an_assignment_is_read_only(root: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        make_data(root).assignment[0] = "test"


def test_waveforms_are_augmented_before_the_front_end_of_the_features(root: Path) -> None:
    data = make_data(root, wave_augment=nn.Identity())
    with pytest.raises(MusicGenreError, match="front_end cannot be set on data with wave_augment"):
        data.front_end = LogMel(n_fft=1024, n_mels=8)
    data.split = stratified(fractions=(0.2, 0.2, 0.6))
    assert {name: len(rows) for name, rows in data.rows.items()} == {"train": 8, "val": 8, "test": 24}


def test_a_split_of_ones_own_may_give_a_list(root: Path) -> None:
    def own(corpus: Corpus, segments: pd.DataFrame) -> list[str]:
        return ["val" if track.endswith("0.wav") else "train" for track in segments.track]

    data = make_data(root)
    data.split = own
    assert {name: len(rows) for name, rows in data.rows.items()} == {"train": 32, "val": 8, "test": 0}


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda n: ["train"] * (n - 1), r"shape \(39,\) for 40 segments"),
        (lambda n: np.full((n, 1), "train"), r"shape \(40, 1\) for 40 segments"),
        (lambda n: None, "a NoneType for 40 segments"),
        (lambda n: {"drone/drone.00000.wav": "train"}, "a dict for 40 segments"),
        (lambda n: ["train", "validation"] * (n // 2), "gives 'validation': give each segment train, val, test"),
        (lambda n: np.zeros(n, int), "gives '0': give each segment"),
    ],
)
def test_a_split_of_ones_own_that_gives_no_subset_for_each_segment_is_refused(root: Path, give: Any, said: str) -> None:
    data = make_data(root)
    data.split = lambda corpus, segments: give(len(segments))
    with pytest.raises(MusicGenreError, match=said):
        data.setup()


def test_failed_downloads_join_no_recordings_and_no_artists(tmp_path: Path) -> None:
    whole = write_corpus(tmp_path / "whole", ("drone", "hum"), tracks=3, seconds=1.0)
    for number, track in enumerate(scan(whole).tracks):
        artist = tmp_path / "music" / track.genre / f"artist {number}"
        artist.mkdir(parents=True)
        track.path.rename(artist / f"{track.key}_part1.wav")
        (artist / f"{track.key}_part2.wav").touch()
        (artist / "page.mp3").write_text("<html>404: not found</html>")
    front_end, split = LogMel(n_fft=1024, n_mels=16), artist_kfold(folds=3)
    data = GenreDataModule(folder(tmp_path / "music", artists="folders"), front_end, length=0.5, split=split)
    assert {name: data.segments.track[rows].nunique() for name, rows in data.rows.items()} == dict.fromkeys(SUBSETS, 2)
    assert (len(data.skipped), data.segments.recording.nunique()) == (12, 6)


def test_copies_that_are_too_short_are_one_recording_whatever_the_segments(tmp_path: Path) -> None:
    root = write_corpus(tmp_path, ("drone", "hum"), tracks=5, seconds=1.0)
    write_track(root / "drone" / "a.wav", "drone", 9, 0.3)
    shutil.copy(root / "drone" / "a.wav", root / "hum" / "b.wav")
    by_length = [
        GenreDataModule(folder(root), LogMel(n_fft=1024, n_mels=16), length=length, split=stratified())
        for length in (0.25, 0.5)
    ]
    assert [len(data.skipped) for data in by_length] == [0, 2]
    assert by_length[0].recorded == by_length[1].recorded
    audited = audit(folder(root), stratified(), near=False).tracks.set_index("track")
    for data in by_length:
        assert audited.split[data.segments.track].tolist() == data.assignment.tolist()


def test_batch_size_below_one_is_refused(root: Path) -> None:
    with pytest.raises(MusicGenreError, match="batch_size is 0"):
        make_data(root, batch_size=0)


def test_a_front_end_that_would_have_to_learn_is_refused(root: Path) -> None:
    front_end = Gabor(n_fft=512, n_filters=8, learnable=True)
    with pytest.raises(MusicGenreError, match=r"Gabor has trainable parameters.* model=gabor_cnn"):
        GenreDataModule(scan(root), front_end)
    GenreDataModule(scan(root), front_end.requires_grad_(False))
