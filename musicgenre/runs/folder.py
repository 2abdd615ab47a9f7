"""What a run leaves behind, in one folder: the figures, tables and records that everything later reads.

.hydra/          config.yaml and the overrides          checkpoints/     best.ckpt, last.ckpt; or model.joblib
environment.json versions, device, the run's signature  metrics.csv      one row an epoch
metrics.json     the results, flat                      predictions.csv  every segment's probabilities
genres.csv       precision, recall and F1 by genre      split.csv        every segment's subset
skipped.csv      every file left out, with the reason   figures/         what TensorBoard shows, as PNG
events.out.*     TensorBoard                            musicgenre.log   what the run said
embeddings/      what the net makes of the test segments, for TensorBoard's projector (projector_config.pbtxt)
cnn/             the net whose features a classical model reads: its checkpoint, or its own run folder
gan/             the GAN whose samples were added: its checkpoint, metrics.csv, events, and samples.npz
"""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from musicgenre.data.store.fingerprint import hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import PREFIX
from musicgenre.files import replace_text

_PACKAGES = (
    "musicgenre",
    "torch",
    "torchaudio",
    "lightning",
    "hydra-core",
    "librosa",
    "scikit-learn",
    "joblib",
    "numpy",
)
_EXTRAS = ("xgboost", "xgboost-cpu")  # one package under two names, from an extra
_NO_EFFECT = {
    "trainer": ("accelerator", "devices", "profiler"),
    "data": ("root", "table", "artists"),
    "": ("logger", "ckpt_path", "gan_run"),
}


def signature(config: Mapping[str, Any], data_key: str) -> str:
    """Hash of all that decides a run's result: the config without device, paths and logging, and the data itself."""
    parts = {name: value for name, value in config.items() if name not in _NO_EFFECT[""]}
    for group, names in _NO_EFFECT.items():
        if isinstance(parts.get(group), Mapping):
            parts[group] = {name: value for name, value in parts[group].items() if name not in names}
    return hash_values(parts, data_key)


def write_environment(folder: Path, run_signature: str, device: str) -> None:
    """Write `environment.json`: what the run was made with."""
    record = {
        "signature": run_signature,
        "device": device,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor_threads": torch.get_num_threads(),
        "packages": {name: version(name) for name in (*_PACKAGES, *filter(_installed, _EXTRAS))},
    }
    replace_text(folder / "environment.json", json.dumps(record, indent=2))


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def write_config(folder: Path, config: DictConfig) -> None:
    """Write `.hydra/`, where Hydra itself would write it before anyone could see that the folder is another run's."""
    hydra_config = HydraConfig.get()
    parts = {"config": config, "hydra": {"hydra": hydra_config}, "overrides": hydra_config.overrides.task}
    for name, part in parts.items():
        replace_text(folder / ".hydra" / f"{name}.yaml", OmegaConf.to_yaml(part))


def read_signature(folder: Path) -> str | None:
    """The signature of the run in the folder; None if there is none."""
    path = folder / "environment.json"
    return str(json.loads(path.read_text())["signature"]) if path.is_file() else None


def new_folder(config: DictConfig) -> Path:
    """The folder that Hydra gives the command, with `.hydra/` in it, for other results than a training run's.

    Raises:
        MusicGenreError: It holds a training run, whose results would be overwritten.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    if read_signature(folder) is not None:
        raise MusicGenreError(
            f"{folder} holds a training run, whose results would be overwritten: choose another hydra.run.dir."
        )
    write_config(folder, config)
    return folder


def write_metrics(folder: Path, metrics: Mapping[str, float | int | str]) -> None:
    """Write `metrics.json`, the last file of a run: a folder that has it is complete."""
    replace_text(folder / "metrics.json", json.dumps(metrics, indent=2))


def predictions_table(
    segments: pd.DataFrame,
    genres: tuple[str, ...],
    outputs: Mapping[str, tuple[NDArray[np.float32], NDArray[np.int64]]],
) -> pd.DataFrame:
    """Every segment's probabilities with its split, track, start (s) and label.

    Args:
        segments: The segments table.
        genres: Names of the classes, in the order of their labels.
        outputs: By split, probabilities `(N, K)` and rows of the segments table `(N,)`.
    """
    tables = []
    for split, (probs, rows) in outputs.items():
        table = segments.iloc[rows][["track", "start", "genre", "label"]].reset_index(drop=True)
        table.insert(0, "split", split)
        tables.append(pd.concat([table, pd.DataFrame(probs, columns=[PREFIX + g for g in genres])], axis=1))
    return pd.concat(tables, ignore_index=True)


def write_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table as CSV, floats with nine digits (what float32 holds)."""
    replace_text(folder / name, table.to_csv(index=False, float_format="%.9g"))
