"""Mel spectrograms as square greyscale pictures."""

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from musicgenre.arguments import is_number, is_whole
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import FrontEnd
from musicgenre.features.mel import MelPower, MelScale, Norm, PadMode


class MelImage(FrontEnd):
    """Turns waveforms `(B, T)` of any length into greyscale pictures `(B, 1, size, size)` in [0, 1].

    A pixel's grey is its level in dB below the loudest point of its own item: 1 at that point, 0 at `top_db` or more
    below it. Silence is 0 throughout. There is no absolute floor, so a passage gives the same picture at any volume.
    Time, and frequency where `n_mels` is not `size`, is resized by area: a pixel is the mean of what it covers. As in a
    PNG file, row 0 is the top, the highest frequency; time runs from left to right.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        size: Rows and columns of the picture.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_mels: Number of mel filters; None for `size`.
        f_min: Lowest frequency, in Hz.
        f_max: Highest frequency, in Hz; None for half the sample rate.
        mel_scale: "slaney" or "htk", see `MelPower`.
        norm: "slaney" for filters of equal area, None for filters of equal height.
        pad_mode: "constant" adds zeros at both ends, "reflect" mirrors the waveform.
        allow_empty: Keep mel filters that no frequency falls into.
        top_db: Range from black to white, in dB.

    Raises:
        MusicGenreError: The settings contradict each other, or leave a filter without any frequency.

    Example:
        >>> MelImage(22050, size=180)(torch.randn(2, 66150)).shape
        torch.Size([2, 1, 180, 180])
    """

    reads = ("audio", "picture")
    one_size = True
    top_is_high = True
    picture_mode: Literal["L", "RGB"] = "L"

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        size: int = 180,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_mels: int | None = None,
        f_min: float = 0.0,
        f_max: float | None = None,
        mel_scale: MelScale = "slaney",
        norm: Norm = "slaney",
        pad_mode: PadMode = "constant",
        allow_empty: bool = False,
        top_db: float = 80.0,
    ) -> None:
        super().__init__(sample_rate)
        if not is_whole(size) or size < 1 or not is_number(top_db) or top_db <= 0:
            raise MusicGenreError(
                f"size is {size!r} and top_db is {top_db!r}: set both above 0, size to a whole number, e.g. 180 and 80."
            )
        self.size = size
        self.top_db = top_db
        n_mels = size if n_mels is None else n_mels
        self.mel = MelPower(
            sample_rate, n_fft, hop_length, n_mels, f_min, f_max, mel_scale, norm, pad_mode, allow_empty=allow_empty
        )

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width in pixels of picture files that replace audio."""
        return self.size, self.size

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute pictures `(B, 1, size, size)` from waveforms `(B, T)`."""
        power = self.mel(waveform)  # (B, n_mels, frames)
        peak = power.amax(dim=(-2, -1), keepdim=True).clamp(min=torch.finfo(power.dtype).tiny)
        level = 10 * (power / peak).clamp(min=10 ** (-self.top_db / 10)).log10()
        grey: Tensor = (1 + level / self.top_db).clamp(0, 1).flip(-2)  # row 0 is now the highest frequency
        with torch.autocast(waveform.device.type, enabled=False):
            grey = grey @ area_weights(grey.shape[-1], self.size, grey.device).to(grey)  # (B, n_mels, size)
            if self.mel.n_mels != self.size:
                grey = area_weights(self.mel.n_mels, self.size, grey.device).to(grey).T @ grey  # (B, size, size)
        return grey.unsqueeze(1)

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, size, size)` that a waveform of `n_samples` gives."""
        self.mel.n_frames(n_samples)  # refuses a waveform without samples
        return 1, self.size, self.size


@lru_cache(maxsize=16)
def area_weights(n_in: int, n_out: int, device: torch.device) -> Tensor:
    """Compute weights `(n_in, n_out)` that resize an axis by area: an output is the mean of the inputs it covers.

    Partly covered inputs count by their share, so every column sums to 1, also when `n_out` exceeds `n_in`. As a
    matrix it runs on every device; adaptive pooling refuses uneven sizes on MPS.

    Example:
        >>> area_weights(3, 2, torch.device("cpu")) * 3
        tensor([[2., 0.],
                [1., 1.],
                [0., 2.]])
    """
    with torch.inference_mode(False):  # cached tensors may be used in a backward pass
        start = torch.arange(n_in, dtype=torch.float64)[:, None]
        edges = torch.arange(n_out + 1, dtype=torch.float64) * n_in / n_out
        overlap = torch.minimum(start + 1, edges[1:]) - torch.maximum(start, edges[:-1])
        return (overlap.clamp(min=0) * n_out / n_in).float().to(device)
