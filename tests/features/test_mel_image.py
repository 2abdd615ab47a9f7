"""Mel pictures: orientation, range, resizing."""

import librosa
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from musicgenre.features import MelImage
from musicgenre.features.mel_image import area_weights


def noise(n_samples: int, level: float = 0.1) -> torch.Tensor:
    return level * torch.randn(1, n_samples, generator=torch.Generator().manual_seed(0))


def tone(hz: float, seconds: float = 3.0) -> torch.Tensor:
    return 0.5 * torch.sin(2 * torch.pi * hz * torch.arange(int(22050 * seconds)) / 22050)[None]


def test_is_librosas_spectrogram_flipped_and_scaled() -> None:
    waveform = noise(22050 * 5)  # 216 frames, so 216 columns need no resizing
    picture = MelImage(22050, size=216, n_mels=216)(waveform)[0, 0].numpy()
    power = librosa.feature.melspectrogram(y=waveform[0].numpy(), sr=22050, n_mels=216)
    db = librosa.power_to_db(power, ref=np.max, top_db=80)
    np.testing.assert_allclose(picture, 1 + db[::-1] / 80, rtol=0, atol=1e-5)


def test_time_is_shrunk_by_area_averaging() -> None:
    waveform = noise(512 * 359)  # 360 frames: two per column
    wide = MelImage(22050, size=360, n_mels=180)(waveform)
    picture = MelImage(22050, size=180, n_mels=180)(waveform)
    # The 360-row picture repeats each of the 180 mel rows twice.
    torch.testing.assert_close(picture, F.avg_pool2d(wide, 2), rtol=0, atol=1e-5)


def test_low_frequencies_are_at_the_bottom() -> None:
    low, high = (MelImage(22050)(tone(hz))[0, 0].mean(dim=1).argmax() for hz in (100, 8000))
    assert low > 150
    assert high < 30


def test_time_runs_from_left_to_right() -> None:
    waveform = torch.cat([torch.zeros(1, 66150), tone(440)], dim=1)
    columns = MelImage(22050)(waveform)[0, 0].amax(dim=0)
    assert columns[:85].max() == 0
    assert columns[95:].min() > 0.9


@pytest.mark.parametrize("n_samples", [1, 5000, 66150, 661500])
def test_grey_is_from_silence_to_the_loudest(n_samples: int) -> None:
    picture = MelImage(22050)(torch.cat([noise(n_samples), torch.zeros(1, n_samples)]))
    assert picture.shape == (2, 1, 180, 180)
    assert picture.min() >= 0
    assert picture.max() <= 1 + 1e-6
    assert picture[0].max() > 0.8
    assert torch.equal(picture[1], torch.zeros(1, 180, 180))


@pytest.mark.parametrize("level", [1e-7, 1e-3, 10.0])
def test_volume_changes_nothing(level: float) -> None:
    front_end = MelImage(22050)
    torch.testing.assert_close(front_end(noise(30000, level)), front_end(noise(30000)), rtol=0, atol=1e-4)


def test_fewer_frames_than_columns_repeat() -> None:
    picture = MelImage(22050, size=90)(noise(512 * 29))  # 30 frames: three columns each
    assert torch.allclose(picture[..., 0::3], picture[..., 2::3], atol=1e-6)
    assert not torch.allclose(picture[..., 2:-1:3], picture[..., 3::3], atol=1e-2)


@pytest.mark.parametrize(("n_in", "n_out"), [(1292, 180), (130, 180), (7, 7), (1, 5), (5, 1), (9, 4)])
def test_area_weights_are_exact_means(n_in: int, n_out: int) -> None:
    weights = area_weights(n_in, n_out, torch.device("cpu"))
    values = torch.rand(n_in, generator=torch.Generator().manual_seed(0))
    # Each input repeated n_out times makes every output the mean of n_in whole neighbours.
    expected = values.repeat_interleave(n_out).view(n_out, n_in).mean(dim=1)
    torch.testing.assert_close(values @ weights, expected)
