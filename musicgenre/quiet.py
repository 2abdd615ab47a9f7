"""Silence Lightning's advertising, but not its messages about the training itself."""

import logging
import re
import warnings

_ADVERTISING = re.compile(
    r"(GPU|TPU|IPU|HPU|MPS) (available|accelerator)|litlogger|LitLogger|Tip|LOCAL_RANK|`Trainer\.fit` stopped|"
    r"Trainer\(limit_\w+=1\.0\)|Restoring states from|Loaded model weights from|"
    r"Using bfloat16|Using 16bit|lightning\.ai|litmodels|seed set to|`weights_only` was not set|"
    r"estimate number of stepping batches",
    re.IGNORECASE,
)
_BESIDE_THE_POINT = (
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",  # Lightning 2.6 uses this of torch 2.11
    r"The number of training batches \(\d+\) is smaller than the logging interval",  # metrics are logged once an epoch
    r"The '\w+' does not have many workers",  # features are in memory: workers would only copy them
    r"Starting from v1\.9\.0, `tensorboardX` has been removed",
    r"You defined a `validation_step` but have no `val_dataloader`",  # a split may have no validation
    r"Total length of `BatchLoader` across ranks is zero",  # nor tests: the data itself says what there is not
    r"Grad strides do not match bucket view strides",  # a single channel's stride is arbitrary
    r"You're using the WeightAveraging callback",  # no layer is sharded, and a test needs no averaging state
    r"`ModelCheckpoint\(monitor=.*\)` could not find the monitored key",  # no epoch was validated: a run says so itself
    r"`?\.fit\(ckpt_path=",  # OnExceptionCheckpoint looks for a file to resume from: runs do that themselves
    r"The `srun` command is available on your system but is not used",  # training on a cluster's login node is fine
    r"Checkpoint directory .* exists and is not empty",  # the run's own files
)


class _WithoutAdvertising(logging.Filter):
    """Passes messages of Lightning's loggers about training, but not about available hardware and services."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show the record."""
        return record.levelno >= logging.WARNING or not _ADVERTISING.search(record.getMessage())


def quiet_lightning() -> None:
    """Silence Lightning's hints; called when a module that uses it is imported, so that it works in any program."""
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
