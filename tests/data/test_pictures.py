from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from musicgenre.data.pictures import PICTURE_SUFFIXES, PictureError, read_picture


def _pixels(height: int, width: int, channels: int | None = None) -> npt.NDArray[np.uint8]:
    shape = (height, width) if channels is None else (height, width, channels)
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


def _reason(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(path, (10, 10), "L")
    return str(caught.value)


def test_grey_png_comes_back_as_written(tmp_path: Path) -> None:
    pixels = _pixels(20, 30)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", None, "L")
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture, pixels[np.newaxis] / 255, atol=1e-7)


def test_colour_png_has_channels_first(tmp_path: Path) -> None:
    pixels = _pixels(20, 30, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", None, "RGB")
    np.testing.assert_allclose(picture, pixels.transpose(2, 0, 1) / 255, atol=1e-7)
    assert picture.flags.c_contiguous


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_every_format_in_either_mode(tmp_path: Path, suffix: str, mode: Literal["L", "RGB"], channels: int) -> None:
    Image.fromarray(np.full((20, 30, 3), 51, dtype=np.uint8)).save(tmp_path / f"a{suffix}")
    picture = read_picture(tmp_path / f"a{suffix}", (6, 8), mode)
    assert picture.shape == (channels, 6, 8)
    np.testing.assert_allclose(picture, 0.2, atol=0.01)


def test_shrinking_averages_over_the_area(tmp_path: Path) -> None:
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checks).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", (8, 8), "L")
    np.testing.assert_allclose(picture, 0.5, atol=0.02)  # picking single pixels would give 0 or 1


def test_rows_stay_rows(tmp_path: Path) -> None:
    pixels = np.zeros((40, 20), dtype=np.uint8)
    pixels[:20] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", (4, 10), "L")
    assert picture.shape == (1, 4, 10)
    np.testing.assert_array_equal(picture[0, 0], 1)
    np.testing.assert_array_equal(picture[0, 3], 0)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_picture(tmp_path / "a.png", None, "L")[0], deep / 65535, atol=1 / 255)


def test_alpha_is_left_out(tmp_path: Path) -> None:
    pixels = _pixels(5, 6, 4)
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", None, "RGB")
    np.testing.assert_allclose(picture, pixels[..., :3].transpose(2, 0, 1) / 255, atol=1e-7)


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    Image.fromarray(_pixels(5, 5)).save(tmp_path / "bitmap.bmp")
    (tmp_path / "bitmap.bmp").rename(tmp_path / "bitmap.png")
    assert _reason(tmp_path / "empty.png") == "empty file (0 bytes)"
    assert _reason(tmp_path / "text.png") == "not readable as a picture (neither PNG nor JPEG)"
    (tmp_path / "text.png").write_text("version https://git-lfs.github.com/spec/v1")
    assert _reason(tmp_path / "text.png").startswith("not readable as a picture (a Git LFS pointer, not the file")
    assert _reason(tmp_path / "folder.png") == "a folder, not a file"
    assert _reason(tmp_path / "none.png") == "no such file"
    assert _reason(tmp_path / "bitmap.png") == "not readable as a picture (neither PNG nor JPEG)"


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_broken_picture(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(_pixels(100, 100)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert _reason(path).startswith("not readable as a picture (")
