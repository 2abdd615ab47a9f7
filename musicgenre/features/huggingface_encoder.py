"""A pretrained Hugging Face encoder that maps waveforms to hidden states, checked to do so."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
import xxhash
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.features.huggingface_files import in_short, read_pretrained

_WITHOUT_EFFECT = ("masked_spec_embed", "pooler", "mask_token")  # on hidden states: files may lack these weights
_BESIDE = ("architectures", "dtype", "id2label", "label2id", "torch_dtype", "transformers_version", "_name_or_path")
_PREPARED = (  # settings of a feature extractor that change the network's input
    *("sampling_rate", "do_normalize", "feature_size", "num_mel_bins", "n_fft", "hop_length", "chunk_length"),
    *("max_length", "mean", "std", "stride", "padding_value", "return_attention_mask"),
)


@dataclass(frozen=True)
class Encoder:
    """A pretrained network with its feature extractor.

    Attributes:
        network: Called with the extractor's output, it returns `hidden_states`, each `(B, time, D)`.
        extractor: Waveforms as lists of arrays -> the network's arguments.
        sample_rate: Sample rate of its input in Hz.
        window: Samples to which the extractor cuts and pads every waveform; None if it takes any length.
        weights_hash: Hash of weights and settings.
    """

    network: nn.Module
    extractor: Any
    sample_rate: int
    window: int | None
    weights_hash: str

    @torch.no_grad()
    def hidden_states(self, waveforms: Tensor) -> tuple[Tensor, ...]:
        """Compute the hidden states `(B, time, D)`, from the input of the first layer to the output of the last.

        Args:
            waveforms: Waveforms `(B, T)` at the encoder's sample rate.
        """
        items = list(waveforms.cpu().numpy())
        inputs = self.extractor(items, sampling_rate=self.sample_rate, return_tensors="pt").to(waveforms.device)
        network = self.network.to(waveforms.device)
        found: tuple[Tensor, ...] = network(**inputs, output_hidden_states=True).hidden_states
        return found


@lru_cache(maxsize=2)
def load_encoder(model: str) -> Encoder:
    """Read a pretrained encoder from a folder, or from huggingface.co, downloaded once.

    Raises:
        MusicGenreError: It is missing, cannot be read, or is not an audio encoder.
    """
    extractor, network, missing = read_pretrained(model)
    if lacking := [name for name in missing if not any(part in name for part in _WITHOUT_EFFECT)]:
        raise MusicGenreError(
            f"{model} lacks {len(lacking)} of its network's weights, the first of them {lacking[0]}: they would be "
            "random."
        )
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    network = network.float().eval().requires_grad_(False)
    rate = getattr(extractor, "sampling_rate", None)
    if not isinstance(rate, int):
        raise _no_encoder(model, "it has no feature extractor for waveforms")
    encoder = Encoder(network, extractor, rate, _window_of(extractor), _hash(network, extractor))
    try:
        states, longer = (encoder.hidden_states(torch.full((1, seconds * rate), 1e-3)) for seconds in (1, 2))
    except Exception as error:  # networks for other data fail in their own ways
        raise _no_encoder(model, in_short(error)) from error
    if not (states and all(isinstance(each, Tensor) and each.ndim == 3 for each in states)):
        raise _no_encoder(model, "it gives no hidden states (batch, time, features) of a waveform")
    if encoder.window is None and states[-1].shape[1] == longer[-1].shape[1]:
        raise _no_encoder(model, "it takes windows of one length, but does not state it")
    return encoder


def _window_of(extractor: Any) -> int | None:  # noqa: ANN401  # transformers is read without its types
    """Return the number of samples to which an extractor cuts and pads every waveform; None if it takes any length."""
    if n_samples := getattr(extractor, "n_samples", None):  # Whisper
        return int(n_samples)
    if type(extractor).__name__ == "ASTFeatureExtractor":  # frames of 25 ms every 10 ms
        return int(extractor.sampling_rate * (0.015 + 0.01 * extractor.max_length))
    return None


def _no_encoder(model: str, why: str) -> MusicGenreError:
    return MusicGenreError(f"{model} cannot be used as an audio encoder ({why}): choose HuBERT, WavLM or the like.")


def _hash(network: Any, extractor: Any) -> str:  # noqa: ANN401  # transformers is read without its types
    """Hash what the features depend on, without weights that do not affect them, which may be random."""
    content = xxhash.xxh3_128()
    for name, tensor in sorted(network.state_dict().items()):
        if not any(part in name for part in _WITHOUT_EFFECT):
            content.update(name.encode())
            content.update(tensor.contiguous().numpy().tobytes())
    told = {key: value for key, value in network.config.to_diff_dict().items() if key not in _BESIDE}
    told |= {key: getattr(extractor, key) for key in _PREPARED if hasattr(extractor, key)}
    content.update(repr(sorted((key, repr(value)) for key, value in told.items())).encode())
    return content.hexdigest()
