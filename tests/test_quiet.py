"""What of Lightning's messages is not shown."""

import logging

import pytest

from musicgenre.quiet import quiet_lightning


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GPU available: False, used: False", False),
        ("Loading `train_dataloader` to estimate number of stepping batches.", False),
        ("Metric val/loss improved.", True),
    ],
)
def test_hints_are_not_shown_and_what_tells_of_the_training_is(text: str, shown: bool) -> None:
    quiet_lightning()
    logger = logging.getLogger("lightning.pytorch.utilities.rank_zero")
    assert bool(logger.filter(logger.makeRecord(logger.name, logging.INFO, "", 0, text, (), None))) is shown
