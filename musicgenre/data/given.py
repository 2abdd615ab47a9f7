"""The data of a trainer's call; Lightning's `trainer.datamodule` may be from an earlier one."""

from typing import Any

import lightning as L


def given_data(trainer: L.Trainer) -> Any:  # noqa: ANN401  # whatever was given
    """Return the DataModule of a trainer's current or last call; None if it was given only loaders."""
    selector = trainer._data_connector._datahook_selector
    return None if selector is None else selector.datamodule
