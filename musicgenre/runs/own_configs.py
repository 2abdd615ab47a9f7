"""The user's own configs that a command was given, as another command has to name them."""

from collections.abc import Mapping
from typing import Any

from musicgenre.quoting import quoted
from musicgenre.runs.identity import value_of


def own_configs(hydra: Mapping[str, Any]) -> list[str]:
    """Return the arguments that name the user's own configs, without which the user's parts of a run cannot be built.

    Args:
        hydra: Hydra's own config of the run: one key, `hydra`, with all else below it.
    """
    sources = value_of(hydra, "hydra.runtime.config_sources", ())
    own = [f"--config-dir={each['path']}" for each in sources if each["provider"] == "command-line"]
    typed = [str(text) for text in value_of(hydra, "hydra.overrides.hydra", ())]
    return [quoted(text) for text in [*own, *(text for text in typed if text.startswith("hydra.searchpath="))]]
