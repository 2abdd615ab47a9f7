"""The settings of one command as plain values, without config objects or anything else of Hydra's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicgenre.runs.identity import value_of
from musicgenre.trust import Trust


@dataclass(frozen=True)
class Job:
    """One command with its settings, as the command line passes it to the code that does the work.

    Attributes:
        command: Its name, such as "train".
        folder: The run folder that Hydra gives it.
        config: All settings, resolved, as dicts, lists and plain values.
        overrides: The overrides as typed, without those of Hydra's own settings.
        choices: The option chosen in each group.
        hydra: Hydra's own config as YAML, for `.hydra/hydra.yaml`: one key, `hydra`, with all else below it.
        trust: What another run's folder may name besides musicgenre's own classes.
    """

    command: str
    folder: Path
    config: Mapping[str, Any]
    overrides: tuple[str, ...]
    choices: Mapping[str, str | None]
    hydra: str
    trust: Trust = field(default_factory=Trust)

    def value(self, key: str) -> Any:  # noqa: ANN401  # of any kind
        """Return the setting with a dotted key, such as "optimizer.lr"; None if there is none."""
        return value_of(self.config, key, None)
