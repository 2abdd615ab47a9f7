"""Lightning without its advertising: what it says of the training itself stays."""

import logging
import re
import warnings

_ADVERTISING = re.compile(
    r"(GPU|TPU|IPU|HPU|MPS) (available|accelerator)|litlogger|LitLogger|Tip|LOCAL_RANK|`Trainer\.fit` stopped|"
    r"Trainer\(limit_\w+=1\.0\)|Restoring states from|Loaded model weights from|"
    r"Using bfloat16|Using 16bit|lightning\.ai|litmodels|seed set to|`weights_only` was not set",
    re.IGNORECASE,
)
_BESIDE_THE_POINT = (
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",  # Lightning 2.6 asks torch 2.11's pytree so
    r"The number of training batches \(\d+\) is smaller than the logging interval",  # figures are logged once an epoch
    r"The '\w+' does not have many workers",  # features lie in memory: workers would only copy them
    r"Starting from v1\.9\.0, `tensorboardX` has been removed",
    r"You defined a `validation_step` but have no `val_dataloader`",  # a split may have no validation
    r"Grad strides do not match bucket view strides",  # a single channel's stride is any
    r"You're using the WeightAveraging callback",  # no layer is sharded, and a test needs no state to go on averaging
    r"`ModelCheckpoint\(monitor=.*\)` could not find the monitored key",  # no epoch was validated: a run says so itself
    r"`?\.fit\(ckpt_path=",  # OnExceptionCheckpoint looks for a file to go on from: a run looks for itself
    r"The `srun` command is available on your system but is not used",  # a cluster's login node trains, too
    r"Checkpoint directory .* exists and is not empty",  # they are the run's own
)


class _WithoutAdvertising(logging.Filter):
    """Lets pass what Lightning's loggers say of a training, and not which hardware and services there are."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be seen."""
        return record.levelno >= logging.WARNING or not _ADVERTISING.search(record.getMessage())


def quiet_lightning() -> None:
    """Silence Lightning's hints: called where a module that uses it is imported, it works in any program."""
    for name in (
        "lightning.pytorch.utilities.rank_zero",
        "lightning.fabric.utilities.rank_zero",
        "lightning.fabric.utilities.seed",
        "lightning.pytorch.trainer.connectors.checkpoint_connector",
    ):
        logger = logging.getLogger(name)
        if not any(isinstance(found, _WithoutAdvertising) for found in logger.filters):
            logger.addFilter(_WithoutAdvertising())
    for message in _BESIDE_THE_POINT:
        warnings.filterwarnings("ignore", message=message)
