"""What only describes a run does not lose its results by failing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from musicgenre.modules.stored import first_line

log = logging.getLogger(__name__)


@contextmanager
def spared(what: str) -> Iterator[None]:
    """Log an error instead of raising it, so that a trained run is finished without what failed.

    An error of the disk is raised: once there is room, the same command goes on from there.

    Args:
        what: What may fail, at the beginning of a sentence.

    Example:
        >>> with spared("The model card"):
        ...     raise ValueError("a fault in a part of one's own")
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        log.warning("%s is missing from this run: %s: %s", what, type(error).__name__, first_line(error))
