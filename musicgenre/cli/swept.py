"""What to write in place of several values, such as seed=1,2, where only one run is made."""

from musicgenre.cli.keys import groups_of
from musicgenre.cli.known_values import kind_of
from musicgenre.cli.values import Number, Several, Text, Truth


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
    kind = kind_of(key, command)
    others = [] if isinstance(kind, Number | Truth | Text) else [f"'{key}=[{values}]' for a list"]
    if not isinstance(kind.of if isinstance(kind, Several) else kind, Number | Truth):
        others.append(f"'{key}=\"{values}\"' for one string")
    return others
