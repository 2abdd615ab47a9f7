"""What one command was asked for, as plain values: no config object and nothing of Hydra's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One command with its settings, as the command line hands it to what does the work.

    Attributes:
        command: Its name, such as "train".
        folder: The run folder that Hydra gives it.
        config: All settings, resolved, as dicts, lists and plain values.
        overrides: What was typed beside Hydra's own settings.
        choices: The option chosen in each group.
        hydra: Hydra's own config as YAML, for `.hydra/hydra.yaml`.
    """

    command: str
    folder: Path
    config: Mapping[str, Any]
    overrides: tuple[str, ...]
    choices: Mapping[str, str | None]
    hydra: str
