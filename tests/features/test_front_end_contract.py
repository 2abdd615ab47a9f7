"""What holds for every front end: shapes known in advance, clear refusals, finite values."""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import torch

from musicgenre import features
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, FrontEnd, Gabor, HandMade, HuggingFace, LogMel, MelImage, Picture
from musicgenre.features.decibels import power_to_db

FRONT_ENDS: list[Callable[..., FrontEnd]] = [LogMel, MFCC, MelImage]
PUBLIC = [getattr(features, name) for name in features.__all__]
ALL: list[type[FrontEnd]] = [
    each
    for each in PUBLIC
    if isinstance(each, type) and issubclass(each, FrontEnd) and each not in (FrontEnd, HuggingFace)
]  # HuggingFace needs an encoder: see test_huggingface.py
OF_AUDIO = [kind for kind in ALL if "audio" in kind.reads]


def test_every_front_end_is_found() -> None:
    assert {kind.__name__ for kind in ALL} == {
        "Gabor", "HandMade", "LogMel", "MFCC", "MelImage", "Musicnn", "MusicnnMel", "Picture", "Waveform",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_a_front_end_says_what_it_is(kind: type[FrontEnd]) -> None:
    assert kind.reads
    assert set(kind.reads) <= {"audio", "picture", "table"}
    assert {type(value) for value in (kind.one_size, kind.slow, kind.top_is_high, kind.traceable)} == {bool}
    assert kind.bins
    assert kind().sample_rate == 22050
    assert kind(16000).sample_rate == 16000


@pytest.mark.parametrize("kind", ALL)
def test_one_size_means_the_same_shape_for_any_length(kind: type[FrontEnd]) -> None:
    shapes = {kind().output_shape(n_samples) for n_samples in (5000, 22050)}
    assert (len(shapes) == 1) == kind.one_size


@pytest.mark.parametrize("kind", OF_AUDIO)
@pytest.mark.parametrize("n_samples", [4096, 22050])
def test_shape_is_that_of_the_features(kind: type[FrontEnd], n_samples: int) -> None:
    front_end = kind()
    waveform = 0.1 * torch.randn(2, n_samples, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert front_end(waveform).shape == (2, *front_end.output_shape(n_samples))


def noise(n_samples: int, items: int = 2) -> torch.Tensor:
    return 0.1 * torch.randn(items, n_samples, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(2, 0), "A waveform of 0 samples gives no features"),
        (torch.zeros(0, 0), "A waveform of 0 samples gives no features"),
        (torch.zeros(5000), r"waveforms \(B, T\) in a torch tensor, not a Tensor \(5000,\): give waveform\[None\]"),
        (torch.zeros(2, 1, 5000), r"not a Tensor \(2, 1, 5000\)"),
        (torch.zeros(()), "not a Tensor: give a row for each mono track"),
        (torch.tensor([[0.0] * 5000, [0.0] * 4999 + [torch.nan]]), "Waveform 1 of the batch holds nan at sample 4999"),
        (torch.full((1, 5000), torch.inf), r"Waveform 0 of the batch holds inf at sample 0 \(5000 of 5000 samples"),
        (-torch.full((1, 5000), torch.inf), "holds -inf at sample 0"),
        (torch.full((1, 5000), 1e30), r"holds 1e\+30 at sample 0"),
        (torch.full((1, 5000), 1e300, dtype=torch.float64), "holds inf at sample 0"),
        (torch.zeros(1, 5000, dtype=torch.bool), "A waveform cannot be bool"),
        (torch.zeros(1, 5000, dtype=torch.complex64), "A waveform cannot be complex64"),
        (np.zeros((1, 5000), np.float32), r"not a ndarray \(1, 5000\): give torch"),
        (torch.zeros(1, 5000).to_sparse(), r"not sparse ones: give waveform\.to_dense\(\)"),
    ],
    ids=str,
)
def test_what_is_no_waveform_is_named(kind: type[FrontEnd], wrong: Any, message: str) -> None:
    with pytest.raises(MusicGenreError, match=message) as raised:
        kind()(wrong)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "given",
    [
        *(np.zeros(shape) for shape in ((5000,), (2, 5000), (2, 2, 5000))),
        *(torch.zeros(shape) for shape in ((5000,), (2, 2, 5000))),
        pd.Series(np.zeros(5000)),
        pd.DataFrame(np.zeros((2, 5000))),
    ],
    ids=lambda given: f"{type(given).__name__} {given.shape}",
)
def test_following_the_advice_gives_waveforms(given: Any) -> None:
    with pytest.raises(MusicGenreError) as raised:
        MFCC()(given)
    code = str(raised.value).removesuffix(".").partition(": give ")[2].partition(" for ")[0].partition(" if ")[0]
    batch = eval(code, {"torch": torch, "waveform": given})
    assert batch.shape == (1 if given.ndim == 1 else 2, 5000)
    MFCC()(batch)


@pytest.mark.parametrize("kind", ALL)
def test_a_length_without_a_sample_has_no_shape(kind: type[FrontEnd]) -> None:
    if kind is Picture:  # its shape is that of the pictures
        return
    with pytest.raises(MusicGenreError, match="0 samples"):
        kind().output_shape(0)


@pytest.mark.parametrize("kind", OF_AUDIO)
def test_no_waveforms_give_no_features(kind: type[FrontEnd]) -> None:
    front_end = kind()
    with torch.no_grad():
        none = front_end(torch.zeros(0, 5000))
    assert none.shape == (0, *front_end.output_shape(5000))
    assert none.dtype == torch.float32


@pytest.mark.parametrize("kind", OF_AUDIO)
@pytest.mark.parametrize("n_samples", [1, 2, 511, 512, 513, 1023, 1024, 1025, 1026, 2047, 2048])
def test_short_waveforms_work_or_are_refused_by_their_length(kind: type[FrontEnd], n_samples: int) -> None:
    front_end, waveform = kind(), noise(n_samples)
    if kind is HandMade and n_samples < 1025:  # what lies before a frame's middle is mirrored
        for refused in (lambda: front_end(waveform), lambda: front_end.output_shape(n_samples)):
            with pytest.raises(MusicGenreError, match=rf"A waveform of {n_samples} samples .* need at least 1025"):
                refused()
        return
    with torch.no_grad():
        found = front_end(waveform)
    assert found.shape == (2, *front_end.output_shape(n_samples))
    assert found.isfinite().all()


_SIGNED = [torch.int8, torch.int16, torch.int32, torch.int64]
_UNSIGNED = [torch.uint8, torch.uint16, torch.uint32]


@pytest.mark.parametrize("kind", OF_AUDIO)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, *_SIGNED, *_UNSIGNED], ids=str)
def test_samples_of_any_kind_are_heard_at_their_level(kind: type[FrontEnd], dtype: torch.dtype) -> None:
    whole = (127 * noise(2100, items=1).clamp(-1, 1)).round()  # numbers that every dtype holds
    waveform = whole / 128
    bits = 8 * dtype.itemsize
    if dtype in _SIGNED:
        given = (whole.double() * 2.0 ** (bits - 8)).to(dtype)
    elif dtype in _UNSIGNED:  # with zero in the middle
        given = ((whole.double() + 128) * 2.0 ** (bits - 8)).to(torch.int64).to(dtype)
    else:
        given = waveform.to(dtype)
    with torch.no_grad():
        found = kind()(given)
    assert found.dtype == torch.float32
    assert torch.equal(found, kind()(waveform))


@pytest.mark.parametrize("kind", OF_AUDIO)
@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-12, 1.0, 32768.0, 2.0**31])
def test_silence_and_any_level_are_finite(kind: type[FrontEnd], level: float) -> None:
    with torch.no_grad():
        assert kind()(level * noise(2100, items=1)).isfinite().all()


@pytest.mark.parametrize("kind", [kind for kind in ALL if "picture" in kind.reads])
def test_pictures_have_the_shape_of_the_features(kind: type[MelImage] | type[Picture]) -> None:
    front_end = kind()
    colours = {"L": 1, "RGB": 3}[front_end.picture_mode]
    assert front_end.output_shape(22050) == (colours, *front_end.picture_size)


def test_what_the_front_ends_read() -> None:
    assert {kind: kind.reads for kind in ALL if kind.reads != ("audio",)} == {
        HandMade: ("audio", "table"),
        MelImage: ("audio", "picture"),
        Picture: ("picture",),
    }


def test_pictures_are_not_made_of_audio() -> None:
    picture = Picture(size=[20, 30], mode="L")
    assert (picture.picture_size, picture.output_shape(1)) == ((20, 30), (1, 20, 30))
    with pytest.raises(MusicGenreError, match="features=mel_image"):
        picture(torch.zeros(1, 22050))
    with pytest.raises(MusicGenreError, match=r"size is \[0, 3\]"):
        Picture(size=(0, 3))
    mistake: Any = "CMYK"
    with pytest.raises(MusicGenreError, match="mode is 'CMYK'"):
        Picture(mode=mistake)


@pytest.mark.parametrize("make", FRONT_ENDS)
@pytest.mark.parametrize("n_samples", [1, 511, 512, 513, 5000, 66150])
@pytest.mark.parametrize("settings", [{}, {"n_fft": 1025, "hop_length": 300, "n_mels": 40}], ids=str)
def test_output_shape_is_known_without_running(
    make: Callable[..., FrontEnd], n_samples: int, settings: dict[str, Any]
) -> None:
    front_end = make(22050, **settings)
    assert front_end(torch.zeros(2, n_samples)).shape == (2, *front_end.output_shape(n_samples))


@pytest.mark.parametrize("make", FRONT_ENDS)
def test_keeps_its_sample_rate_and_nothing_in_a_checkpoint(make: Callable[..., FrontEnd]) -> None:
    front_end = make(16000)
    assert front_end.sample_rate == 16000
    assert front_end.state_dict() == {}


@pytest.mark.parametrize("make", FRONT_ENDS)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_mels": 1000}, "of 1000 mel filters are empty.*lower n_mels or raise n_fft"),
        ({"n_fft": 256}, "mel filters are empty"),
        ({"n_mels": 0}, "n_mels"),
        ({"n_fft": 1}, "n_fft is 1"),
        ({"hop_length": 0}, "hop_length is 0"),
        ({"hop_length": -512}, "hop_length is -512"),
        ({"hop_length": 512.0}, r"hop_length is 512\.0: set it to a whole number of at least 1"),
        ({"n_fft": 2048.0}, r"n_fft is 2048\.0"),
        ({"f_max": 12000.0}, "f_max=12000.0 Hz do not fit audio at 22050 Hz.*11025"),
        ({"f_min": -1.0}, "f_min"),
        ({"f_min": 500.0, "f_max": 500.0}, "f_min < f_max"),
        ({"f_min": "500"}, "f_min='500' Hz and f_max=11025.0 Hz do not fit"),
        ({"f_max": [8000]}, r"f_max=\[8000\] Hz do not fit"),
        ({"n_mels": "64"}, "n_mels is '64': set it to a whole number"),
    ],
)
def test_impossible_settings_are_refused(make: Callable[..., FrontEnd], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(MusicGenreError, match=message):
        make(22050, **settings)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (MFCC, {"n_mfcc": 129}, "n_mfcc is 129 with n_mels=128"),
        (MFCC, {"n_mfcc": 0}, "n_mfcc is 0"),
        (MFCC, {"n_mfcc": 13.0}, r"n_mfcc is 13\.0"),
        (MFCC, {"max_frames": 10.0}, r"max_frames is 10\.0"),
        (MelImage, {"size": 0}, "size is 0"),
        (MelImage, {"size": 180.0}, r"size is 180\.0"),
        (Picture, {"size": (70, 100.0)}, r"size is \[70, 100\.0\]"),
        (Gabor, {"hop_length": 512.0}, r"hop_length=512\.0"),
        (Gabor, {"n_filters": 64.5}, r"n_filters=64\.5"),
        (MelImage, {"top_db": 0}, "top_db is 0"),
        (MelImage, {"top_db": math.inf}, "top_db is inf"),
        (Gabor, {"top_db": math.nan}, "top_db=nan"),
        (LogMel, {"top_db": -80}, "top_db is -80"),
        (LogMel, {"top_db": math.nan}, "top_db is nan"),
        (LogMel, {"ref": 0.0}, "ref is 0.0"),
        (LogMel, {"ref": math.nan}, "ref is nan"),
        (LogMel, {"ref": math.inf}, "ref is inf"),
        (LogMel, {"ref": "mean"}, "ref is 'mean'"),
        (LogMel, {"ref": None}, "ref is None"),
        *((make, {"top_db": "80"}, "top_db(=| is )'80'") for make in (LogMel, MelImage, Gabor)),
        (Gabor, {"f_max": "8000"}, "f_max='8000'"),
        (Picture, {"size": 180}, "size is 180: give height and width"),
    ],
)
def test_impossible_settings_of_one_are_refused(
    make: Callable[..., FrontEnd], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(MusicGenreError, match=message):
        make(22050, **settings)


@pytest.mark.parametrize("make", FRONT_ENDS)
def test_impossible_input_is_refused(make: Callable[..., FrontEnd]) -> None:
    for wrong in (0, math.nan, math.inf, "22050", None):
        with pytest.raises(MusicGenreError, match=f"sample_rate is {wrong!r} Hz"):
            make(wrong)


@pytest.mark.parametrize("make", FRONT_ENDS)
def test_mixed_precision_does_not_reach_the_features(make: Callable[..., FrontEnd]) -> None:
    torch.manual_seed(0)
    front_end, waveform = make(22050), 0.1 * torch.randn(2, 20000)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = front_end(waveform)
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, front_end(waveform))


@pytest.mark.parametrize("kind", OF_AUDIO)
def test_how_samples_are_held_in_memory_changes_nothing(kind: type[FrontEnd]) -> None:
    samples = noise(2100)
    front_end = kind()
    with torch.no_grad():
        wanted = front_end(samples)
    conjugate = torch.view_as_complex(torch.stack([samples, -samples], dim=-1)).conj()
    for held in (samples.clone().requires_grad_(), samples.T.contiguous().T, conjugate.imag):
        torch.testing.assert_close(front_end(held).detach(), wanted, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("make", FRONT_ENDS)
def test_a_front_end_in_double_precision_gives_the_same_in_it(make: Callable[..., FrontEnd]) -> None:
    wide = make(22050).double()(noise(20000))
    assert wide.dtype == torch.float64
    torch.testing.assert_close(wide.float(), make(22050)(noise(20000)), rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("make", FRONT_ENDS)
def test_gradients_reach_the_waveform_after_inference(make: Callable[..., FrontEnd]) -> None:
    torch.manual_seed(0)
    front_end, waveform = make(22050), 0.1 * torch.randn(1, 7777)
    with torch.inference_mode():
        front_end(waveform)
    waveform.requires_grad_()
    (slope,) = torch.autograd.grad(front_end(waveform).square().sum(), waveform)
    assert slope.isfinite().all()
    assert slope.abs().sum() > 0


@pytest.mark.parametrize("top_db", [None, 80.0])
@pytest.mark.parametrize("ref", ["max", 1.0])
def test_gradients_of_decibels(ref: Literal["max"] | float, top_db: float | None) -> None:
    power = torch.rand(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: power_to_db(x, ref=ref, top_db=top_db), (power,))


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="there is no accelerator here")
@pytest.mark.parametrize("make", FRONT_ENDS)
def test_an_accelerator_gives_what_the_cpu_gives(make: Callable[..., FrontEnd]) -> None:
    torch.manual_seed(0)
    front_end, waveform = make(22050), 0.1 * torch.randn(3, 66150)
    on_cpu = front_end(waveform)
    device = torch.accelerator.current_accelerator()
    there = front_end.to(device)(waveform.to(device))
    assert there.device.type == waveform.to(device).device.type
    torch.testing.assert_close(there.cpu(), on_cpu, rtol=1e-4, atol=2e-3)
