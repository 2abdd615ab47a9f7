"""The user's own configs and classes that a command was given, as another command has to name them."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from musicgenre.quoting import quoted
from musicgenre.runs.identity import value_of
from musicgenre.trust import Trust, targets_of

_BUILT = ("model", "features", "standardize")  # groups whose parts are built wherever a run's model is used


def own_configs(hydra: Mapping[str, Any]) -> list[str]:
    """Return the arguments that name the user's own configs, without which the user's parts of a run cannot be built.

    Args:
        hydra: Hydra's own config of the run: one key, `hydra`, with all else below it.
    """
    sources = value_of(hydra, "hydra.runtime.config_sources", ())
    own = [f"--config-dir={each['path']}" for each in sources if each["provider"] == "command-line"]
    typed = [str(text) for text in value_of(hydra, "hydra.overrides.hydra", ())]
    return [quoted(text) for text in [*own, *(text for text in typed if text.startswith("hydra.searchpath="))]]


def own_parts(hydra: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    """Return the arguments without which the user's parts of a run cannot be built: configs, and classes to trust.

    Args:
        hydra: Hydra's own config of the run: one key, `hydra`, with all else below it.
        config: The run's config: `trusted` has what is typed there, such as `standardize={_target_: ...}`.
    """
    sources = value_of(hydra, "hydra.runtime.config_sources", ())
    trust = Trust(configs=tuple(Path(each["path"]) for each in sources if each["schema"] == "file"))
    if config.get("trust") is True and value_of(config, "embed.run", None):  # of which a copy is in this run
        return [*own_configs(hydra), "trust=true"]
    given = config.get("trusted") or ()
    typed = [given] if isinstance(given, str) else [*map(str, given)]
    typed += [*_typed(config, trust), *_typed(config.get("embed") or {}, trust)]
    trusted = [quoted(f"trusted=[{','.join(dict.fromkeys(typed))}]")] if typed else []
    return [*own_configs(hydra), *trusted]


def _typed(config: Mapping[str, Any], trust: Trust) -> Iterator[str]:
    """Yield the names of nets, front ends and standardisations that are in no config of musicgenre's or the user's.

    A class that is defined elsewhere than where a config finds it has two: the config's and the checkpoint's. Nothing
    is imported to find the second: in the process that trained the run, its module already is.
    """
    for group in _BUILT:
        node, known, ours = config.get(group), trust.of(group), Trust().of(group)
        is_estimator = group == "model" and not (isinstance(node, Mapping) and node.get("_partial_"))
        if not is_estimator:  # which is pickled, not built
            from musicgenre.parts import names_here  # here: it imports numpy

            own = sorted(name for name in targets_of(node, "The config") if name not in ours)
            found = [names_here(each) if each.rpartition(".")[0] in sys.modules else {each} for each in own]
            yield from (name for names in found for name in sorted(names) if name not in known)
