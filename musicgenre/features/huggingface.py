"""Features that any pretrained encoder of Hugging Face hears: wav2vec 2.0, HuBERT, WavLM, AST, Whisper, their kin."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal, get_args

import torch
import xxhash
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError
from musicgenre.features.front_end import FrontEnd, require_samples

log = logging.getLogger(__name__)

Pooling = Literal["mean", "mean_std"]

_AT_A_TIME = 8  # waveforms
_WITHOUT_EFFECT = ("masked_spec_embed", "pooler", "mask_token")  # on hidden states: a file of weights may lack them
_BESIDE = ("architectures", "dtype", "torch_dtype", "transformers_version")  # settings that tell of the file alone


@dataclass(frozen=True)
class Encoder:
    """A pretrained network with what prepares its input.

    Attributes:
        network: Called with what `extractor` gives, it has `hidden_states`, each `(B, time, D)`.
        extractor: Waveforms as lists of arrays -> the network's arguments.
        sample_rate: What it hears, Hz.
        weights_hash: Of weights and settings.
    """

    network: nn.Module
    extractor: Any
    sample_rate: int
    weights_hash: str

    @torch.no_grad()
    def hidden_states(self, waveforms: Tensor) -> tuple[Tensor, ...]:
        """Compute the hidden states `(B, time, D)`, from the input of the first layer to the output of the last.

        Args:
            waveforms: `(B, T)` at the encoder's own rate.
        """
        device = waveforms.device
        items = list(waveforms.cpu().numpy())
        inputs = self.extractor(items, sampling_rate=self.sample_rate, return_tensors="pt").to(device)
        with torch.autocast(device.type, enabled=False):
            found: tuple[Tensor, ...] = self.network.to(device)(**inputs, output_hidden_states=True).hidden_states
        return found


class HuggingFace(FrontEnd):
    """Waveforms `(B, T)` to a pretrained encoder's features, `(B, 1, D, 1)`: a layer's hidden states, pooled over time.

    The encoder stays as it was published: nothing of it learns, and checkpoints hold its name and a hash in place of
    its weights. A waveform shorter than a second is repeated until it fills one. Code that comes with a model is never
    run: the architecture has to be one of the package transformers' own.

    Args:
        sample_rate: Rate of the waveforms, in Hz; those at another rate than the encoder's are resampled.
        model: A folder that `save_pretrained` wrote, or a name on huggingface.co, from where it is fetched once.
        layer: 0 (the input of the first layer) to the number of layers, or from -1 (the last) down; "mean" of them all.
        pooling: "mean" over time, or "mean_std" with the standard deviation beside it (2 D features).
        weights_hash: Refuse any other weights; a run keeps what it was trained with.

    Raises:
        MusicGenreError: The model is not there, or is no such encoder, or has changed.
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
        folder = Path(model).expanduser()
        self.model = (
            str(folder.absolute()) if folder.is_dir() else model
        )  # a checkpoint is read from other folders, too
        self.layer, self.pooling = layer, pooling
        encoder = load_encoder(self.model)
        if weights_hash not in (None, encoder.weights_hash):
            raise MusicGenreError(
                f"The weights or settings of {model} are not those that the run was trained with (hash "
                f"{encoder.weights_hash}, not {weights_hash}): give the folder that it was trained with."
            )
        self.weights_hash = encoder.weights_hash
        self.made_with = {**self.made_with, "model": self.model, "weights_hash": self.weights_hash}
        if sample_rate != encoder.sample_rate:
            log.info(
                "%s hears audio at %d Hz: what comes at %d Hz is resampled (sample_rate=%d decodes it so).",
                *(model, encoder.sample_rate, sample_rate, encoder.sample_rate),
            )
        self.n_features = self(torch.full((1, sample_rate), 1e-3)).shape[2]

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute features `(B, 1, D, 1)` of waveforms `(B, T)`."""
        encoder = load_encoder(self.model)
        if self.sample_rate != encoder.sample_rate:
            from torchaudio.functional import resample  # here: it takes a tenth of a second

            waveform = resample(waveform, self.sample_rate, encoder.sample_rate)
        if (length := waveform.shape[1]) < encoder.sample_rate:
            waveform = waveform.repeat(1, -(-encoder.sample_rate // length))[:, : encoder.sample_rate]
        heard = [self._pool(encoder.hidden_states(part)) for part in torch.split(waveform, _AT_A_TIME)]
        return torch.cat(heard)[:, None, :, None]

    def _pool(self, states: tuple[Tensor, ...]) -> Tensor:
        if self.layer == "mean":
            chosen = torch.stack(states).mean(0)
        elif isinstance(self.layer, int) and -len(states) <= self.layer < len(states):
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


@lru_cache(maxsize=2)
def load_encoder(model: str) -> Encoder:
    """Read a pretrained encoder from a folder, or from huggingface.co, where it is fetched once.

    Raises:
        MusicGenreError: It is not there, cannot be read, or is no encoder of audio.
    """
    if find_spec("transformers") is None:
        raise MissingPackageError("features=huggingface needs the package transformers", "huggingface")
    extractor, network, lacking = _read_folder(Path(model)) if Path(model).is_dir() else _read_or_fetch(model)
    if lacking:
        raise MusicGenreError(
            f"{model} lacks {len(lacking)} of its network's weights, {lacking[0]} the first of them: what is not there "
            "would be drawn at random."
        )
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    network = network.float().eval().requires_grad_(False)
    rate = getattr(extractor, "sampling_rate", None)
    encoder = Encoder(network, extractor, rate, _hash(network, extractor)) if isinstance(rate, int) else None
    try:
        states = encoder.hidden_states(torch.full((1, rate), 1e-3)) if encoder and rate else None
    except Exception as error:  # a network of something else says so in its own way
        raise _no_encoder(model, _in_short(error)) from error
    if not (encoder and states and all(isinstance(each, Tensor) and each.ndim == 3 for each in states)):
        raise _no_encoder(model, "it gives no hidden states (batch, time, features) of a waveform")
    return encoder


def _read_folder(folder: Path) -> tuple[Any, Any, list[str]]:
    if missing := [name for name in ("config.json", "preprocessor_config.json") if not (folder / name).is_file()]:
        raise MusicGenreError(
            f"{folder} has no {' and no '.join(missing)}: give a folder into which both the model and its feature "
            "extractor were written by save_pretrained."
        )
    try:
        return _read(str(folder), local_files_only=True)
    except Exception as error:  # whatever lies in its files
        raise MusicGenreError(
            f"The model in {folder} cannot be read ({_in_short(error)}): write or copy it there again."
        ) from error


def _read_or_fetch(name: str) -> tuple[Any, Any, list[str]]:
    """Read a model that was fetched before; fetch it where that fails."""
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise MusicGenreError(f"There is no folder {name}, and no name on huggingface.co is like this.")
    try:
        return _read(name, local_files_only=True)
    except Exception:  # it is not there, or in part
        log.info("Fetching %s from huggingface.co, once.", name)
    try:
        return _read(name, local_files_only=False)
    except Exception as error:
        raise MusicGenreError(
            f"{name} is no folder here, and could not be fetched from huggingface.co ({_in_short(error)}): look at the "
            "name and the network, or give a folder that save_pretrained wrote."
        ) from error


def _read(model: str, local_files_only: bool) -> tuple[Any, Any, list[str]]:
    """Return what prepares a network's input, the network, and which of its weights its files lack."""
    with _quiet():
        from transformers import AutoFeatureExtractor, AutoModel

        extractor = AutoFeatureExtractor.from_pretrained(model, local_files_only=local_files_only)
        network, found = AutoModel.from_pretrained(model, local_files_only=local_files_only, output_loading_info=True)
    missing = sorted(found["missing_keys"])
    return extractor, network, [name for name in missing if not any(part in name for part in _WITHOUT_EFFECT)]


def _no_encoder(model: str, why: str) -> MusicGenreError:
    return MusicGenreError(f"{model} is no encoder of audio ({why}): choose one such as a HuBERT or a WavLM.")


def _in_short(error: Exception) -> str:
    return shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ...")


def _hash(network: Any, extractor: Any) -> str:  # noqa: ANN401  # transformers is read without its types
    """Hash what the features depend on; weights without effect may be drawn at random, and are left out."""
    content = xxhash.xxh3_128()
    for name, tensor in sorted(network.state_dict().items()):
        if not any(part in name for part in _WITHOUT_EFFECT):
            content.update(name.encode())
            content.update(tensor.contiguous().numpy().tobytes())
    for settings in (network.config.to_dict(), extractor.to_dict()):
        told = {key: repr(value) for key, value in settings.items() if key[0] != "_" and key not in _BESIDE}
        content.update(repr(sorted(told.items())).encode())
    return content.hexdigest()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep bars and advice of transformers off the screen; what matters is said by `load_encoder`."""
    from transformers.utils import logging as theirs

    theirs.disable_progress_bar()
    loggers = [logging.getLogger(name) for name in ("transformers", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
