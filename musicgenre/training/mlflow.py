"""MLflow's logger; a server's address in the environment, which may hold a password, is saved in no run folder."""

import inspect
import os

from lightning.pytorch.loggers import MLFlowLogger

_HERE = "sqlite:///mlflow.db"


def mlflow_logger(
    experiment_name: str = "musicgenre", tracking_uri: str | None = None, **settings: object
) -> MLFlowLogger:
    """Return Lightning's logger for MLflow.

    Args:
        experiment_name: Name under which runs are grouped.
        tracking_uri: A server's address or a file; None for that of the environment (`MLFLOW_TRACKING_URI`), or else
            mlflow.db in the working folder, unless save_dir is given.
        settings: Other settings of `lightning.pytorch.loggers.MLFlowLogger`.
    """
    address = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or (None if settings.get("save_dir") else _HERE)
    return MLFlowLogger(experiment_name, tracking_uri=address, **settings)  # type: ignore[arg-type]


mlflow_logger.__signature__ = inspect.signature(MLFlowLogger)  # type: ignore[attr-defined]  # for who asks what it takes
