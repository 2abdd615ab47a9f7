from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
import torch
from made_audio import RATE, write_corpus

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.extract import AudioExtractor, PictureExtractor
from musicgenre.data.store.open import open_features
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, FrontEnd, Gabor, HandMade, LogMel, MelImage


def settings(front_end: FrontEnd, length: float = 3.0) -> str:
    return AudioExtractor(front_end, Segmenter(22050, length), 22050).settings


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (LogMel, {"n_fft": 1024, "hop_length": 256, "n_mels": 64, "f_min": 20.0, "f_max": 8000.0, "ref": 1.0}),
        (LogMel, {"top_db": 60.0}),
        (MFCC, {"n_mfcc": 20, "n_fft": 1024, "hop_length": 256, "n_mels": 64, "f_min": 20.0, "f_max": 8000.0}),
        (MelImage, {"size": 100, "n_fft": 4096, "n_mels": 90, "top_db": 60.0, "hop_length": 256}),
        (Gabor, {"n_filters": 32, "f_min": 50.0, "hop_length": 256, "top_db": 60.0, "learnable": True}),
    ],
)
def test_every_setting_of_a_front_end_changes_the_key_of_its_features(
    make: Callable[..., FrontEnd], changes: dict[str, Any]
) -> None:
    known = {settings(make(rate)) for rate in (22050, 16000)}
    known |= {settings(make(22050, **{name: value})) for name, value in changes.items()}
    assert len(known) == 2 + len(changes)


def test_equal_settings_give_equal_keys_and_cutting_counts() -> None:
    assert settings(MFCC(22050)) == settings(MFCC(22050))
    assert settings(HandMade(22050)) != settings(HandMade(22050), length=2.0)
    sizes = [PictureExtractor((70, 100)), PictureExtractor((100, 70)), PictureExtractor((70, 100), "RGB")]
    assert len({extractor.settings for extractor in sizes}) == 3


@pytest.mark.parametrize("length", [None, 1.0])
@pytest.mark.parametrize(("downmix", "level"), [("mean", 0.75), ("left", 1.0), ("right", 0.5)])
def test_features_are_of_the_channel_that_is_asked_for(
    length: float | None, downmix: str, level: float, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    mono = 0.1 * rng.standard_normal(3 * 22050)
    sf.write(tmp_path / "a.wav", np.stack([mono, 0.5 * mono], axis=1), 22050, subtype="FLOAT")
    front_end, segmenter = LogMel(22050, n_mels=16, n_fft=1024, ref=1.0), Segmenter(22050, length, downmix=downmix)
    expected = front_end(torch.from_numpy(segmenter.cut((level * mono).astype(np.float32))))
    found = AudioExtractor(front_end, segmenter, 22050)(tmp_path / "a.wav").features
    np.testing.assert_allclose(found, expected, atol=1e-3)


GIVEN: dict[str, Callable[[torch.Tensor], Any]] = {  # from a spectrum (B, 1, 9, frames)
    "complex": lambda x: x,
    "numpy": lambda x: x.abs().numpy(),
    "nothing": lambda x: None,
    "no channels": lambda x: x.abs()[:, 0],
    "a band less": lambda x: x.abs()[:, :, 1:],
    "a segment less": lambda x: x.abs()[:1],
    "right": lambda x: 100 * x.abs(),
    "double": lambda x: 100 * x.abs().double(),
    "bfloat16": lambda x: 100 * x.abs().bfloat16(),
    "whole": lambda x: (100 * x.abs()).int(),
}


class Bands(FrontEnd):
    """A front end of one's own."""

    def __init__(self, given: str) -> None:
        super().__init__(RATE)
        self.given = given

    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        spectrum = torch.fft.rfft(waveform.unfold(-1, 16, 16)).transpose(1, 2)
        found: torch.Tensor = GIVEN[self.given](spectrum[:, None])
        return found

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        return 1, 9, n_samples // 16


@pytest.fixture
def clips(tmp_path: Path) -> Corpus:
    return scan(write_corpus(tmp_path, ("drone", "hum"), tracks=1, seconds=0.1))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("complex", r"complex numbers \(torch.complex64\), but features are real: take their magnitude, .abs\(\)"),
        ("numpy", r"an object of class ndarray: return a torch.Tensor"),
        ("nothing", r"an object of class NoneType: return a torch.Tensor"),
        ("no channels", r"\(2, 9, 68\) for 2 waveforms of 1102 samples, but by its output_shape .* = \(2, 1, 9, 68\)"),
        ("a band less", r"\(2, 1, 8, 68\) for .*: correct forward or output_shape"),
        ("a segment less", r"\(1, 1, 9, 68\) for 2 waveforms"),
    ],
)
def test_what_is_not_features_is_refused_at_the_first_track(given: str, said: str, clips: Corpus) -> None:
    with pytest.raises(MusicGenreError, match=rf"^Bands returns {said}"):
        open_features(clips, Bands(given), Segmenter(RATE, 0.05))


@pytest.mark.parametrize("given", ["double", "bfloat16", "whole"])
def test_features_of_any_real_type_are_stored_as_float32(given: str, clips: Corpus) -> None:
    found, exact = (open_features(clips, Bands(each), Segmenter(RATE, 0.05)).features for each in (given, "right"))
    np.testing.assert_allclose(found, exact, rtol=0.01, atol=1.0)
