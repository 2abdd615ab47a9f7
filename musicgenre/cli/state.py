"""The process state that a command changes, kept for its caller."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.version import VersionBase


@contextmanager
def kept_state() -> Iterator[None]:
    """Restore arguments, environment, Hydra's globals and logging after the block; inside, Hydra starts afresh."""
    argv, environment, raises = sys.argv, dict(os.environ), logging.raiseExceptions
    app, config, version = GlobalHydra.instance().hydra, HydraConfig.instance().cfg, VersionBase.instance().getbase()
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    try:
        with _kept_loggers():
            yield
    finally:
        sys.argv, logging.raiseExceptions = argv, raises
        os.environ.clear()
        os.environ.update(environment)
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg = app, config
        VersionBase.instance().version_base = version


@contextmanager
def _kept_loggers() -> Iterator[None]:
    """Restore the loggers, and close the handlers added by configuring logging.

    Configuring closes all handlers that it knows of, after which those of files opened with mode "w" stay silent, so
    the caller's are hidden from it.
    """
    known: list[Any] = vars(logging)["_handlerList"]
    hidden, before = known[:], {name: _state(logger) for name, logger in _loggers().items()}
    known.clear()
    try:
        yield
    finally:
        ours = [handler for handler in logging.root.handlers if handler not in before["root"]["handlers"]]
        for name, logger in _loggers().items():
            if name in before:
                _restore(logger, **before[name])
            elif any(handler in ours for handler in logger.handlers):  # a logger of a library loaded meanwhile
                logger.handlers = [handler for handler in logger.handlers if handler not in ours]
                logger.propagate = True
        for handler in ours:
            handler.close()
        known[:0] = hidden


def _loggers() -> dict[str, logging.Logger]:
    every = logging.Logger.manager.loggerDict.items()
    return {"root": logging.root} | {name: logger for name, logger in every if isinstance(logger, logging.Logger)}


def _state(logger: logging.Logger) -> dict[str, Any]:
    names = ("level", "propagate", "disabled")
    return {"handlers": logger.handlers[:]} | {name: getattr(logger, name) for name in names}


def _restore(logger: logging.Logger, level: int, **state: Any) -> None:  # noqa: ANN401  # what _state gives
    if logger.level != level:
        logger.setLevel(level)  # clears the level caches of all loggers
    for name, value in state.items():
        setattr(logger, name, value)
