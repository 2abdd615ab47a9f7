"""Features of a pretrained network: musicnn, trained on tagged music."""

import logging
from typing import Literal, get_args

import torch
from torch import Tensor

from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import FrontEnd, require_samples
from musicgenre.features.mel import MelPower
from musicgenre.features.musicnn_encoder import N_MELS, Heard
from musicgenre.features.musicnn_weights import Trained, published_encoder
from musicgenre.files import expanded

log = logging.getLogger(__name__)

MUSICNN_RATE = 16000  # Hz
WINDOW = 187  # frames, 3 s
_HOP = 256
_AT_A_TIME = 16  # windows

Layer = Literal["pooled", "penultimate", "tags", "both"]


class MusicnnMel(FrontEnd):
    """Turns waveforms `(B, T)` into musicnn's input spectrograms `(B, 1, 96, frames)`: log10(10000 power + 1).

    Frames of 512 samples, a hop of 256, at 16,000 Hz; a waveform at another rate is resampled. The power is
    `librosa.feature.melspectrogram`'s. The package musicnn rounds it to 16 bits, where loud sounds overflow; this class
    does not.

    Args:
        sample_rate: Rate of the waveforms, in Hz.

    Example:
        >>> MusicnnMel(16000)(torch.randn(2, 48000)).shape
        torch.Size([2, 1, 96, 188])
    """

    def __init__(self, sample_rate: int = 22050) -> None:
        super().__init__(sample_rate)
        self.mel = MelPower(MUSICNN_RATE, n_fft=512, hop_length=_HOP, n_mels=N_MELS, f_min=0.0, f_max=None)
        if sample_rate != MUSICNN_RATE:
            log.info(
                "musicnn takes audio at %d Hz: audio at %d Hz is resampled (sample_rate=%d decodes it at that rate).",
                *(MUSICNN_RATE, sample_rate, MUSICNN_RATE),
            )

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute spectrograms `(B, 1, 96, frames)` from waveforms `(B, T)`."""
        if self.sample_rate != MUSICNN_RATE:
            from torchaudio.functional import resample  # here: importing it takes 0.1 s

            with torch.autocast(waveform.device.type, enabled=False):
                waveform = resample(waveform, self.sample_rate, MUSICNN_RATE)
        return torch.log10(10000.0 * self.mel(waveform) + 1.0).unsqueeze(1)

    @property
    def hertz(self) -> list[float]:
        """Centre of each band in Hz."""
        return self.mel.hertz

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, 96, frames)` that a waveform of `n_samples` gives."""
        require_samples(n_samples)
        return 1, N_MELS, self.mel.n_frames(-(-n_samples * MUSICNN_RATE // self.sample_rate))


class Musicnn(FrontEnd):
    """Turns waveforms `(B, T)` into features of the pretrained network musicnn, `(B, 1, D, 1)`.

    The network processes windows of 187 frames (3 s), one after the other; features of a longer waveform are the mean
    over its whole windows, and a shorter one is repeated until it fills one. It is frozen: none of it is trained, and
    checkpoints do not hold it.

    Args:
        sample_rate: Rate of the waveforms, in Hz; they are resampled if it is not 16,000 Hz.
        model: "MSD_musicnn" (trained on the tags of the Million Song Dataset) or "MTT_musicnn" (MagnaTagATune).
        weights: The wheel of the package musicnn, or its folder; None for the wheel that `musicgenre prepare` fetched,
            which is used, too, if the file is gone.
        layer: "pooled" (1506 features, maximum and mean over time of each channel), "penultimate" (200), "tags" (the
            probabilities of 50 tags), or "both" of the first two (1706).

    Raises:
        MusicGenreError: The weights are missing, cannot be read, or are not the published ones.
    """

    one_size = True
    bins = "feature"

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        model: Trained = "MSD_musicnn",
        weights: str | None = None,
        layer: Layer = "both",
    ) -> None:
        super().__init__(sample_rate)
        if layer not in get_args(Layer):
            raise MusicGenreError(f"layer is {layer!r}: choose one of {', '.join(get_args(Layer))}.")
        self.layer = layer
        self.mel = MusicnnMel(sample_rate)
        self.encoder = published_encoder(model, weights)
        if weights is not None:  # a checkpoint may be read from other folders
            self.made_with = {**self.made_with, "weights": str(expanded(weights).absolute())}
        for module in self.encoder.modules():  # none of it is trained or saved in checkpoints
            for name, tensor in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
                delattr(module, name)
                module.register_buffer(name, tensor.detach(), persistent=False)

    def train(self, mode: bool = True) -> "Musicnn":
        """Stay in evaluation mode, whatever the mode of the model that contains it."""
        return super().train(False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute features `(B, 1, D, 1)` from waveforms `(B, T)`."""
        mel = self.mel(waveform)  # (B, 1, 96, frames)
        if (frames := mel.shape[-1]) < WINDOW:
            mel = mel.repeat(1, 1, 1, -(-WINDOW // frames))
        windows = mel.unfold(-1, WINDOW, WINDOW).permute(0, 3, 1, 2, 4)  # (B, W, 1, 96, 187)
        with torch.autocast(waveform.device.type, enabled=False):
            heard = [self._hear(part) for part in torch.split(windows.flatten(0, 1), _AT_A_TIME)]  # of (B * W, D)
        found = torch.cat(heard).view(*windows.shape[:2], -1).mean(1)  # (B, D)
        return found[:, None, :, None]

    def _hear(self, windows: Tensor) -> Tensor:
        heard: Heard = self.encoder(windows)
        if self.layer == "both":
            return torch.cat([heard.pooled, heard.penultimate], dim=1)
        found: Tensor = getattr(heard, self.layer)
        return found

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, D, 1)`, whatever the length."""
        require_samples(n_samples)
        pooled, penultimate, tags = self.encoder.widths
        size = {"pooled": pooled, "penultimate": penultimate, "tags": tags, "both": pooled + penultimate}[self.layer]
        return 1, size, 1
