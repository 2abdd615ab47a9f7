from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from command_line import fails, musicgenre, trained
from omegaconf import OmegaConf

from musicgenre.augment import WaveformAugment
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.sources import folder
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.splits import stratified
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_store import open_store
from musicgenre.data.waves import AugmentedWaves
from musicgenre.features import LogMel
from musicgenre.runs.run import Run


def test_without_changes_waveforms_give_the_cached_features(corpus_root: Path) -> None:
    corpus, front_end = folder(corpus_root), LogMel(22050, n_mels=16, n_fft=1024)
    extractor = AudioExtractor(front_end, Segmenter(22050, 1.0), 22050)
    store = open_store(corpus, extractor, progress=False)
    waves = AugmentedWaves(front_end, extractor.segmenter, torch.nn.Identity())
    segments = waves.segments(corpus, store, torch.device("cpu"))
    assert segments.shape == (len(store.segments), 1, 1, 22050)
    torch.testing.assert_close(waves(segments[5:9]), torch.from_numpy(store.features[5:9]), atol=1e-3, rtol=1e-4)


def test_training_is_augmented_and_the_rest_is_not(tmp_path: Path, corpus_root: Path) -> None:
    off = ("wave_augment=waveform", "wave_augment.p=0", "trainer.max_epochs=1")
    plain = trained(tmp_path / "plain", corpus_root, "trainer.max_epochs=1")
    silent = trained(tmp_path / "silent", corpus_root, *off)
    changed = trained(tmp_path / "changed", corpus_root, *off[:1], *off[2:], "wave_augment.p=1")
    tables = [pd.read_csv(run / "predictions.csv") for run in (plain, silent, changed)]
    assert (tables[1].p_drone - tables[0].p_drone).abs().max() < 0.05  # the same but for shifted random draws
    assert (tables[2].p_drone - tables[0].p_drone).abs().max() > 1e-4
    assert OmegaConf.load(changed / ".hydra" / "config.yaml").wave_augment.p == 1
    again = musicgenre("evaluate", f"run={changed}", f"hydra.run.dir={tmp_path}/again")
    assert again.status == 0, again.text
    losses = [Run(run).metrics["test/segment/loss"] for run in (tmp_path / "again", changed)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_what_has_no_waveform_is_refused(tmp_path: Path, corpus_root: Path) -> None:
    whole = ("features=mel_image", "segments.length=null", "wave_augment=waveform", f"hydra.run.dir={tmp_path}")
    result = musicgenre("train", "data=folder", f"data.root={corpus_root}", *whole)
    fails(result, "wave_augment needs waveforms of one length")


def test_what_training_saw_can_be_drawn(corpus_root: Path) -> None:
    corpus, front_end = folder(corpus_root), LogMel(22050, n_mels=16, n_fft=1024)
    rows, drawn = np.array([0, 5]), []
    for change in (torch.nn.Identity(), WaveformAugment(22050, p=1.0)):
        data = GenreDataModule(corpus, front_end, length=1.0, split=stratified(), wave_augment=change)
        drawn.append(data.as_in_training(rows))
    torch.testing.assert_close(drawn[0], data.standardize(torch.from_numpy(data.features[rows])), atol=1e-3, rtol=1e-3)
    assert (drawn[1] - drawn[0]).abs().max() > 0.1
