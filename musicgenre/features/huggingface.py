"""Features from any pretrained encoder of Hugging Face: wav2vec 2.0, HuBERT, WavLM, AST, Whisper and the like."""

import logging
from typing import Literal, get_args

import torch
from torch import Tensor

from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import FrontEnd, require_samples
from musicgenre.features.huggingface_encoder import Encoder, load_encoder
from musicgenre.files import expanded

log = logging.getLogger(__name__)

Pooling = Literal["mean", "mean_std"]

_AT_A_TIME = 8  # waveforms


class HuggingFace(FrontEnd):
    """Turns waveforms `(B, T)` into features of a pretrained encoder, `(B, 1, D, 1)`: hidden states, pooled over time.

    The encoder is frozen: none of it is trained, and checkpoints hold its name and a hash in place of its weights. An
    encoder with windows of one length (Whisper's 30 s, AST's 10 s) processes a longer waveform window by window, and
    the features are the mean over the whole windows. A waveform shorter than a window, or than a second, is repeated
    until it fills it. Code that comes with a model is never run: the architecture must be one that transformers
    includes.

    Args:
        sample_rate: Rate of the waveforms, in Hz; they are resampled if the encoder's differs.
        model: A folder that `save_pretrained` wrote, or a name on huggingface.co, downloaded once.
        layer: 0 (the input of the first layer) to the number of layers, or from -1 (the last) down; "mean" for the mean
            of all.
        pooling: "mean" over time, or "mean_std" to add the standard deviation (2 D features).
        weights_hash: Refuse weights with another hash; a run keeps the one it was trained with.

    Raises:
        MusicGenreError: The model is missing, is not such an encoder, or has changed.
    """

    one_size = True
    traceable = False
    bins = "feature"

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        model: str,
        layer: int | Literal["mean"] = -1,
        pooling: Pooling = "mean",
        weights_hash: str | None = None,
    ) -> None:
        super().__init__(sample_rate)
        if pooling not in get_args(Pooling):
            raise MusicGenreError(f"pooling is {pooling!r}: choose one of {', '.join(get_args(Pooling))}.")
        if not (isinstance(model, str) and model):
            raise MusicGenreError(
                f"model is {model!r}: give a folder written by save_pretrained, or a name on huggingface.co."
            )
        folder = expanded(model)
        self.model = str(folder.absolute()) if folder.is_dir() else model  # a checkpoint is read from other folders too
        self.layer, self.pooling = layer, pooling
        encoder = load_encoder(self.model)
        if weights_hash not in (None, encoder.weights_hash):
            raise MusicGenreError(
                f"{model} is not the encoder that the run was trained with, or has changed since (hash "
                f"{encoder.weights_hash}, not {weights_hash}): put the original files there."
            )
        self.weights_hash = encoder.weights_hash
        self.made_with = {**self.made_with, "model": self.model, "weights_hash": self.weights_hash}
        if sample_rate != encoder.sample_rate:
            log.info(
                "%s takes audio at %d Hz: audio at %d Hz is resampled (sample_rate=%d decodes it at that rate).",
                *(model, encoder.sample_rate, sample_rate, encoder.sample_rate),
            )
        self.n_features = self(torch.full((1, sample_rate), 1e-3)).shape[2]

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute features `(B, 1, D, 1)` from waveforms `(B, T)`."""
        encoder = load_encoder(self.model)
        with torch.autocast(waveform.device.type, enabled=False):
            if self.sample_rate != encoder.sample_rate:
                from torchaudio.functional import resample  # here: importing it takes 0.1 s

                waveform = resample(waveform, self.sample_rate, encoder.sample_rate)
            windows = _windows(waveform, encoder)  # (B, W, T)
            heard = [self._pool(encoder.hidden_states(part)) for part in torch.split(windows.flatten(0, 1), _AT_A_TIME)]
            found = torch.cat(heard).view(*windows.shape[:2], -1).mean(1)  # (B, D)
        return found[:, None, :, None]

    def _pool(self, states: tuple[Tensor, ...]) -> Tensor:
        if self.layer == "mean":
            chosen = torch.stack(states).mean(0)
        elif type(self.layer) is int and -len(states) <= self.layer < len(states):
            chosen = states[self.layer]
        else:
            raise MusicGenreError(
                f"layer is {self.layer!r}: {self.model} has hidden states 0 to {len(states) - 1} (or -1 for the last, "
                "or mean)."
            )
        if self.pooling == "mean":
            return chosen.mean(1)
        return torch.cat([chosen.mean(1), chosen.std(1, correction=0)], dim=1)

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, D, 1)`, whatever the length."""
        require_samples(n_samples)
        return 1, self.n_features, 1


def _windows(waveform: Tensor, encoder: Encoder) -> Tensor:
    """Cut waveforms `(B, T)` into windows `(B, W, T')`, repeating those shorter than one."""
    shortest = encoder.window or encoder.sample_rate
    if (length := waveform.shape[1]) < shortest:
        waveform = waveform.repeat(1, -(-shortest // length))[:, :shortest]
    return waveform[:, None] if encoder.window is None else waveform.unfold(1, encoder.window, encoder.window)
