"""What a run does as a document did although it leaks, and what is said about it."""

import logging
from collections.abc import Callable
from typing import Any

from omegaconf import DictConfig

from musicgenre.data.splits import leak_warning
from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)

PROTOCOLS = {
    "honest": "",
    "as_published": "protocol=as_published fits scaling and principal components on ALL rows, test rows included, as "
    "the source document did. It is there to reproduce a published figure: do not compare it with others",
}


def fit_on_all(cfg: DictConfig) -> bool:
    """Whether scaling and components are fitted on all rows.

    Raises:
        MusicGenreError: There is no such protocol.
    """
    if cfg.protocol not in PROTOCOLS:
        raise MusicGenreError(f"protocol is {cfg.protocol!r}: choose {' or '.join(PROTOCOLS)}.")
    return str(cfg.protocol) == "as_published"


def announce_protocol(cfg: DictConfig) -> None:
    """Say loudly that the run leaks as a document did, where it does."""
    if warning := PROTOCOLS[cfg.protocol]:
        log.warning("LEAK: %s", warning)


def warnings_of(cfg: DictConfig, split: Callable[..., Any]) -> str | None:
    """What has to stand beside the run's results: what its split and its protocol leak; None if nothing."""
    found = [text for text in (leak_warning(split), PROTOCOLS[cfg.protocol]) if text]
    return ". ".join(found) or None
