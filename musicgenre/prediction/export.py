"""A trained classifier as one file that runs without musicgenre: waveform in, genre probabilities out.

Front end, standardisation and net are exported as one graph, for batches of any size of segments of the run's own
length. The short-time Fourier transform becomes ONNX's own DFT, and an LSTM ONNX's own LSTM.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import ExportedProgram

from musicgenre import __version__
from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError
from musicgenre.files import draft_of
from musicgenre.prediction import AudioClassifier

_TOLERANCE = 1e-3  # of a probability; float32 sums in another order are rounded differently


class WaveformToGenres(nn.Module):
    """The exported module: waveforms `(B, T)` to probabilities `(B, K)`.

    Args:
        features: Waveforms -> features.
        net: Features -> logits.
    """

    def __init__(self, features: nn.Module, net: nn.Module) -> None:
        super().__init__()
        self.features, self.net = features, net

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute probabilities `(B, K)` from waveforms `(B, T)`."""
        logits: Tensor = self.net(self.features(waveform))
        return logits.softmax(-1)


def export(
    classifier: AudioClassifier,
    features: nn.Module,
    net: nn.Module,
    path: Path,
    origin: Mapping[str, str] = MappingProxyType({}),
) -> float:
    """Write a classifier to `path`, as ONNX or PyTorch's exported program by its suffix, and check the file.

    The file also holds metadata, each as JSON: `genres`, `sample_rate` (Hz), and how a recording is cut: `n_samples` of
    a segment, `hop` from one to the next and `overlap` (a share), how many samples the last one may be `missing`, to be
    padded with zeros, and how channels are mixed (`downmix`); and where it comes from: `musicgenre`, its version, and
    `origin`.

    Args:
        classifier: Defines the genres and how waveforms are cut.
        features: The classifier's front end and standardisation.
        net: Its net.
        path: `NAME.onnx` or `NAME.pt2`.
        origin: Further metadata, which tells this model from others.

    Returns:
        The largest difference between the file's probabilities and the classifier's, on noise.

    Raises:
        MusicGenreError: A package is missing, or the file gives other probabilities.
    """
    form = path.suffix.lstrip(".")
    _require_exportable(features)
    if form == "onnx":
        _require_onnx()
    model = WaveformToGenres(features, net).cpu().eval()
    n_samples = segment_samples(classifier)
    noise = torch.randn(3, n_samples, generator=torch.Generator().manual_seed(0)) * 0.1
    with torch.no_grad():
        expected = model(noise)  # before the export, which needs the front end's tables to exist
    with _known_warnings():
        batch = torch.export.Dim("batch")
        program = torch.export.export(model, (noise[:2],), dynamic_shapes={"waveform": {0: batch}})
        about = {key: json.dumps(value) for key, value in {**_described(classifier), **origin}.items()}
        write = _write_onnx if form == "onnx" else _write_pt2
        with draft_of(path) as draft:
            difference = float(np.abs(write(program, draft, about, noise) - expected.numpy()).max())
            if not difference <= _TOLERANCE:
                raise MusicGenreError(
                    f"{path} is not written: its probabilities would differ from the run's by {difference:.3g}. "
                    f"Choose format={'pt2' if form == 'onnx' else 'onnx'}."
                )
    return difference


def _require_exportable(features: nn.Module) -> None:
    for part in features.modules():
        if not getattr(part, "traceable", True):
            raise MusicGenreError(
                f"The run's features come from {type(part).__name__}, which cannot be exported: "
                "export a run with another front end."
            )


def _described(classifier: AudioClassifier) -> dict[str, Any]:
    """Return the metadata that a program needs to reproduce the classifier's answer, and the version."""
    segmenter = classifier.segmenter.windows
    return {
        "genres": list(classifier.genres),
        "sample_rate": segmenter.sample_rate,
        "n_samples": segment_samples(classifier),
        "hop": segmenter.hop,
        "overlap": segmenter.overlap,
        "missing": segmenter.missing,
        "downmix": segmenter.downmix,
        "musicgenre": __version__,
    }


def segment_samples(classifier: AudioClassifier) -> int:
    """Return the number of samples of the segments that the classifier hears."""
    return classifier.segmenter.windows.n_samples or 0


def _write_onnx(program: ExportedProgram, path: Path, about: dict[str, str], noise: Tensor) -> NDArray[np.float32]:
    """Write an ONNX file; return its probabilities for the noise."""
    import onnxruntime

    converted = torch.onnx.export(
        program, (), dynamo=True, input_names=["waveform"], output_names=["probabilities"], verbose=False,
        dynamic_shapes={"waveform": {0: "batch"}},
    )  # fmt: skip
    assert converted is not None  # not None with dynamo=True
    converted.model.metadata_props.update(about)
    converted.save(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run(None, {"waveform": noise.numpy()})[0]
    return found


def _write_pt2(program: ExportedProgram, path: Path, about: dict[str, str], noise: Tensor) -> NDArray[np.float32]:
    """Write PyTorch's own file; return its probabilities for the noise."""
    with path.open("wb") as file:  # so that any file name works
        torch.export.save(program, file, extra_files={"musicgenre.json": json.dumps(about)})
    with path.open("rb") as file, torch.no_grad():
        found: Tensor = torch.export.load(file).module()(noise)
    return found.numpy()


def _require_onnx() -> None:
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise MissingPackageError(f"ONNX needs {' and '.join(missing)}; choose format=pt2, or install them", "export")


@contextmanager
def _known_warnings() -> Iterator[None]:
    """Silence warnings of torch 2.11 and onnxscript about each other's internals."""
    talkers = [logging.getLogger(name) for name in ("onnx_ir", "onnxscript", "torch.onnx")]
    levels = [talker.level for talker in talkers]
    for talker in talkers:
        talker.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="copyreg|torch|onnxscript")
        # An LSTM keeps its weights in a second list, which the export takes for new tensors.
        warnings.filterwarnings("ignore", message=r"The tensor attributes .*_flat_weights")
        warnings.filterwarnings("ignore", message="The given buffer is not writable")  # torch.export.load reads only
        warnings.filterwarnings("ignore", message="No complete tensor found in the group")  # they all are on the CPU
        try:
            yield
        finally:
            for talker, level in zip(talkers, levels, strict=True):
                talker.setLevel(level)
