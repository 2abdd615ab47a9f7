"""The start of every run: compare its folder with the request, announce data and leaks, save the config."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress

import torch
from hydra.utils import get_object
from torch import nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, skipped_table, split_table, tracks_table
from musicgenre.data.store.fingerprint import hash_values
from musicgenre.devices import device_name
from musicgenre.errors import OccupiedError
from musicgenre.own_code import code_behind, own_code
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import signature, value_of, what_counts
from musicgenre.runs.job import Job

log = logging.getLogger(__name__)

_BYTES, _COPIES = 4, 4  # of a weight; of all weights: in best.ckpt, in last.ckpt, and Adam's two states there
_LARGE = 200e6  # bytes; checkpoints larger than this are announced


def begin(
    job: Job, data: GenreDataModule, device: str, *, leaks: str = "", key: str = "", processes: int = 1
) -> dict[str, float | str] | None:
    """Start a run in its folder, unless it is already complete.

    Args:
        job: The request and the run folder.
        data: The run's data.
        device: The device that it computes on.
        leaks: What the protocol leaks, in words; empty if nothing.
        key: Hash of whatever else determines the result besides the config and the data.
        processes: Number of processes that train together.

    Returns:
        The metrics if the folder already holds this run, complete; None if it has to be run.

    Raises:
        OccupiedError: The folder holds a different run, which would be overwritten.
    """
    folder = RunFolder(job.folder)
    beyond = _beyond(job, data)
    run_signature = signature_of(job, data, key, beyond)
    reasons = ["other data", *(name for name, value in beyond.items() if value)]
    if metrics := folder.finished_metrics(run_signature, job, reasons):
        log.info("%s already holds this run, complete.", folder.path)
        if early := metrics.get("pruned_epoch"):
            log.warning("A search ended it after epoch %s: hydra.run.dir=NEW_FOLDER trains it to the end.", early)
        return metrics
    if data.corpus.kind != "table" and folder.path.resolve() == data.corpus.root.resolve():
        raise OccupiedError(
            f"{folder.path} is the folder of the data, and cannot be the run folder too: choose another hydra.run.dir."
        )
    announce(data)
    data.require_trainable()
    if leaks:
        log.warning("LEAK: %s", leaks)
    folder.write_config(job)
    folder.write_environment(
        run_signature,
        device,
        torch.get_num_threads(),
        str(data.corpus.root.absolute()),
        device_name=device_name(device),
        command=("musicgenre", job.command, *job.overrides),
        processes=processes,
    )
    folder.write_table("split.csv", split_table(data))
    folder.write_table("skipped.csv", skipped_table(data))
    folder.write_table("tracks.csv", tracks_table(data))
    return None


def signature_of(job: Job, data: GenreDataModule, key: str = "", beyond: Mapping[str, str] | None = None) -> str:
    """Return the hash of all that determines a run's result: settings, own code, the tracks' content, their subsets.

    Args:
        job: The request.
        data: The run's data.
        key: Hash of whatever else determines the result.
        beyond: What `_beyond` returns, if it is known already.
    """
    config = dict(job.config)
    if getattr(data.split, "content", "") and isinstance(split := config.get("split"), Mapping):
        config["split"] = {name: value for name, value in split.items() if name != "file"}  # its content counts
    return signature(config, "".join([data.key, key, *(beyond or _beyond(job, data)).values()]))


def _beyond(job: Job, data: GenreDataModule) -> dict[str, str]:
    """Return hashes of what determines the result besides settings and recordings, each empty if there is none."""
    told = [(track.id, track.genre, track.artist, track.subset) for track in data.corpus.tracks]
    beyond = [each for each in told if each != (each[0], each[0].split("/")[0], None, None)]  # what the id does not say
    code = []
    for target in _targets(what_counts(job.config)):
        with suppress(ImportError):  # what is not there is said where it is made, if it is
            code.append(code_behind(*target.rpartition(".")[::2]) or own_code(get_object(target)))
    own_split = not str(value_of(job.config, "split._target_", "")).startswith("musicgenre.")  # which may read any file
    hashes = [
        hash_values(each) if each else ""
        for each in (beyond, [lines for lines in code if lines], data.assignment.tolist() if own_split else [])
    ]
    listed = str(getattr(data.split, "content", ""))
    names = ("another split file", "other genres or artists", "other code of your own", "other subsets")
    return dict(zip(names, [listed, *hashes], strict=True))


def _targets(node: object) -> Iterator[str]:
    """Yield the names of the classes and functions in a config."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from [str(value)] if name == "_target_" else _targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _targets(value)


def announce_network(net: nn.Module, parameters: int, device: str, devices: int) -> None:
    """Log which network is trained, and on which devices.

    Args:
        net: The network.
        parameters: Number of its parameters.
        device: The device of this process, such as "cuda:0".
        devices: Number of devices of the run.
    """
    where = f"{devices} devices, the first of them {device}" if devices > 1 else device
    log.info("%s with %s parameters on %s (%s).", type(net).__name__, f"{parameters:,}", where, device_name(device))
    size = parameters * _BYTES * _COPIES
    if size > _LARGE:
        log.info(
            "Its checkpoints take up to %.1f GB. To avoid most of that, set callbacks.last=null (an interrupted run "
            "cannot be resumed then), or run musicgenre runs RUN --remove states --yes afterwards.",
            size / 1e9,
        )
