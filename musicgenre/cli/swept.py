"""What to write in place of several values, such as seed=1,2, where only one run is made."""

from typing import Any

import yaml

from musicgenre.cli.keys import groups_of
from musicgenre.cli.known_values import usual_kind
from musicgenre.cli.values import Kind


def explain_swept(override: str, command: str) -> str:
    """Say what to do with an override with several values if only one run is made.

    Example:
        >>> explain_swept("seed=1,2", "train")
        'seed=1,2 has several values: add -m to run each of them.'
        >>> print(explain_swept("audio=a.wav,b.wav", "predict"))
        audio=a.wav,b.wav has several values: add -m to run each of them, or write 'audio="a.wav,b.wav"' for one string.
    """
    key, _, values = override.lstrip("+").partition("=")
    others = [] if "(" in values or key in groups_of(command) else _others(key, values, command)
    other = f", or write {', '.join(others)}" if others else ""
    return f"{override} has several values: add -m to run each of them{other}."


def _others(key: str, values: str, command: str) -> list[str]:
    """Return how to write a list or a text with commas, if the setting takes one."""
    kind = usual_kind(key, command)
    forms = {f"'{key}=[{values}]' for a list": _listed(values), f"'{key}=\"{values}\"' for one string": values}
    return [form for form, value in forms.items() if kind is None or _takes(kind, value)]


def _listed(values: str) -> list[Any]:
    try:
        return list(yaml.safe_load(f"[{values}]"))
    except yaml.YAMLError:
        return values.split(",")


def _takes(kind: Kind, value: Any) -> bool:  # noqa: ANN401  # whatever was typed
    try:
        kind.taken(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True
