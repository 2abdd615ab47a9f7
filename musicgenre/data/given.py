"""The data of a trainer's call: Lightning's `trainer.datamodule` may be that of an earlier one."""

from typing import Any

import lightning as L


def given_data(trainer: L.Trainer) -> Any:  # noqa: ANN401  # whatever was given
    """Return the DataModule of the call that a trainer is in, or was in last; None where it was given loaders alone."""
    selector = trainer._data_connector._datahook_selector
    return None if selector is None else selector.datamodule
