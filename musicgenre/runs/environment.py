"""What a run is made with: versions, system, device."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

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
    "xgboost",  # of an extra, under one of two names
    "xgboost-cpu",
)


def environment(device: str, threads: int) -> dict[str, Any]:
    """Return the versions of Python, the system and the packages, beside what the caller knows.

    Args:
        device: What is computed on, such as "cuda:0".
        threads: Of the processor.
    """
    return {
        "device": device,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor_threads": threads,
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
