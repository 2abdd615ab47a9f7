"""The processes of a distributed job: Lightning's children, and what a job would leave behind for the next one."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import open_dict, read_write


def is_child() -> bool:
    """Whether this process only helps another, which reads the same config and reports for both."""
    return getattr(rank_zero_only, "rank", 0) != 0  # an attribute that no type checker sees


@contextmanager
def job_processes(command: str) -> Iterator[None]:
    """Around one job: make its children repeat it and nothing else, silently, and clear up behind it.

    Lightning takes a process that has its variables (`LOCAL_RANK` and others) for a child: the next job of a sweep
    would wait for processes that nobody starts.
    """
    environment = dict(os.environ)
    _describe_job_to_children(command)
    if is_child():
        logging.getLogger().setLevel(logging.ERROR)
    try:
        yield
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        os.environ.clear()
        os.environ.update(environment)


def _describe_job_to_children(command: str) -> None:
    """Make what Lightning's distributed launcher repeats in its child processes be this very job.

    It runs `sys.argv` again with Hydra's run folder appended; in a sweep that would start the whole sweep once more.
    """
    hydra_config: Any = HydraConfig.get()  # announced as a dataclass, a DictConfig in truth
    sys.argv = [sys.argv[0], command, *hydra_config.overrides.task]
    with read_write(hydra_config), open_dict(hydra_config):
        hydra_config.run.dir = hydra_config.runtime.output_dir
