"""The published figures of the systems, and how a report's row differs from the publication."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from musicgenre.runs.asked import asked_of
from musicgenre.runs.identity import number_text, override_key
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run
from musicgenre.runs.settings import setting_text
from musicgenre.words import counted

TABLE = Path(__file__).with_name("published.csv")
_FASTER = ("trainer.precision", "channels_last", "compile")  # settings of how it is computed, not what
_SAME_SIZE = 0.1  # largest difference in test tracks, as a share of the published number, to count as the same size


class Published(NamedTuple):
    """A published figure next to a row.

    Attributes:
        system: The published system.
        accuracy: In %; None if its source gives none.
        level: What its source counts: "track" or "segment".
        differences: How the row differs from the source; empty if nothing is known to differ.
    """

    system: str
    accuracy: float | None
    level: str
    differences: tuple[str, ...]


@cache
def published_systems() -> tuple[Mapping[str, str], ...]:
    """Return the table of published systems, one mapping per system.

    Example:
        >>> next(system["published"] for system in published_systems() if system["experiment"] == "mfcc_cnn")
        '72.1'
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def published_of(row: Row) -> Published | None:
    """Return the published figure of a row's experiment, with what differs; None if there is none."""
    run = row.runs[0]
    if run.evaluated:  # it has the settings of its run, but was not trained for this
        return None
    system = next((each for each in published_systems() if _is_of(run, each)), None)
    if system is None:
        return None
    accuracy = float(system["published"]) if system["published"] else None
    return Published(system["system"], accuracy, system["level"], tuple(_differences(row, system)))


def _is_of(run: Run, system: Mapping[str, str]) -> bool:
    wanted = [("experiment", system["experiment"])]
    wanted += [(key, value) for key, _, value in (text.partition("=") for text in system["settings"].split())]
    return all(setting_text(run, key) == number_text(value, key) for key, value in wanted)


def _differences(row: Row, system: Mapping[str, str]) -> list[str]:
    found = []
    data, split = row.data.partition(" ")[0], row.split.partition(" ")[0]
    if data not in system["data"].split():
        found.append(f"data {data}")
    if split != system["split"]:
        found.append(f"split {split}, not {system['split']}")
    protocols = dict.fromkeys(setting_text(run, "protocol") for run in row.runs)
    wanted = system["protocol"]
    found += [f"protocol {protocol}, not {wanted}" for protocol in protocols if protocol not in ("", wanted)]
    if data == "features_table" and row.segments.duplicated(["run", "track"]).any():
        found.append("several rows per track")
    tested = int(row.tracks.groupby("run")["track"].nunique().median()) if len(row.tracks) else 0  # by one run
    if abs(tested - int(system["tested"])) > _SAME_SIZE * int(system["tested"]):
        found.append(f"{tested} test tracks, not {system['tested']}")
    if row.genres and len(row.genres) != (5 if system["source"] == "S0" else 10):
        found.append(counted(len(row.genres), "genre"))
    found += dict.fromkeys(text for run in row.runs for text in _settings(run, system))
    return found + [text for text in [system["note"]] if text]


def _settings(run: Run, system: Mapping[str, str]) -> list[str]:
    """Return the settings typed besides the experiment that change what is learnt: "trainer.max_epochs=3"."""
    own = {"experiment", "protocol", "split", "split.seed", *_FASTER}
    asked = [text for text in asked_of(run) if not run.ignores(override_key(text))]
    typed = [text for text in asked if override_key(text) not in own]
    return [text for text in typed if text not in system["settings"].split()]
