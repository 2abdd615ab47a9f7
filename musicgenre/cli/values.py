"""Kinds of values that keys can have, and the message about values that are not allowed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from musicgenre.suggest import did_you_mean

NULLS = "null"


class Kind(Protocol):
    """A kind of value to check against."""

    @property
    def wanted(self) -> str:
        """What is allowed, to follow "give" in a sentence."""

    def taken(self, value: Any) -> Any:  # noqa: ANN401  # whatever was typed
        """Return the value as the command takes it.

        Raises:
            ValueError: It is not allowed.
        """


@dataclass(frozen=True)
class Number:
    """A finite number.

    Attributes:
        low: The lowest allowed.
        high: The highest allowed.
        whole: Whether it must be whole.
        open: Whether low and high themselves are excluded.
        null: Whether null is allowed too.
        unit: Unit written after it.
    """

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    open: bool = False
    null: bool = False
    unit: str = ""

    @property
    def wanted(self) -> str:
        """Such as "a whole number from 1 to 100, or null"."""
        kind = "a whole number" if self.whole else "a number"
        between = "between" if self.open else "from"
        if math.isfinite(self.low) and math.isfinite(self.high):
            kind += f" {between} {self.low:g} {'and' if self.open else 'to'} {self.high:.10g}"
        elif math.isfinite(self.low):
            kind += f" {'above' if self.open else 'of at least'} {self.low:g}"
        return f"{kind}, or {NULLS}" if self.null else kind

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the number, as an int if it must be whole."""
        if value is None and self.null:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError
        inside = self.low < value < self.high if self.open else self.low <= value <= self.high
        if not inside or (self.whole and value != int(value)):
            raise ValueError
        return int(value) if self.whole else value


@dataclass(frozen=True)
class Truth:
    """True or false."""

    wanted: str = "true or false"

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        if not isinstance(value, bool):
            raise ValueError
        return value


@dataclass(frozen=True)
class Text:
    """A text: any, or one of several choices.

    Attributes:
        choices: The choices; empty for any text.
        what: What it is, to follow "give" in a sentence.
        null: Whether null is allowed too.
        numbers: Whether a number is taken as text.
    """

    choices: tuple[str, ...] = ()
    what: str = "a string"
    null: bool = False
    numbers: bool = False

    @property
    def wanted(self) -> str:
        """Such as "mean, left, right or power"."""
        several = [*self.choices, *([NULLS] if self.null and self.choices else [])]
        if several:
            return " or ".join(filter(None, [", ".join(several[:-1]), several[-1]]))
        return self.what + (f", or {NULLS}" if self.null else "")

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the text."""
        if value is None and self.null:
            return None
        if self.numbers and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value or (self.choices and value not in self.choices):
            raise ValueError
        return value


@dataclass(frozen=True)
class Several:
    """A list; a single value is taken as a list of one.

    Attributes:
        of: The kind of its values.
        fewest: Minimum length.
        most: Maximum length; None for no limit.
        null: Whether null is allowed too.
        twice: Whether a value may occur twice.
    """

    of: Kind
    fewest: int = 0
    most: int | None = None
    null: bool = False
    twice: bool = True

    @property
    def wanted(self) -> str:
        """Such as "a list [...], each from 0 to 1"."""
        many = f"of {self.fewest}" if self.most is not None else "of at least one" if self.fewest else ""
        once = "" if self.twice else ", none of them twice"
        return f"a list {many}, in brackets, each {self.of.wanted}{once}".replace("list ,", "list,") + (
            f"; or {NULLS}" if self.null else ""
        )

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the list."""
        if value is None and self.null:
            return None
        listed = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        found = [self.of.taken(each) for each in listed]
        enough = self.fewest <= len(found) and (self.most is None or len(found) <= self.most)
        if not enough or (not self.twice and len(set(found)) < len(found)):
            raise ValueError
        return found


@dataclass(frozen=True)
class Settings:
    """A config of an object to build, with a `_target_`; or another kind of value.

    Attributes:
        other: The kind of other values.
    """

    other: Kind

    @property
    def wanted(self) -> str:
        """Such as "coefficient or null, or a config with a _target_"."""
        return f"{self.other.wanted}, or a config with a _target_"

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        return value if isinstance(value, dict) and "_target_" in value else self.other.taken(value)


@dataclass(frozen=True)
class Everything:
    """All of a set, which is 1.0 for Lightning, as 1 is a single batch; or null."""

    wanted: str = "1.0 or null, as all of it is tested"

    def taken(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        if value is not None and not (isinstance(value, float) and value == 1.0):
            raise ValueError
        return value


def explain_value(key: str, value: Any, kind: Kind, said: str = "") -> str:  # noqa: ANN401
    """Return the message about a value that is not allowed; `said` replaces the text of its kind.

    Example:
        >>> explain_value("seed", -1, Number(0, whole=True))
        'seed is -1: give a whole number of at least 0.'
        >>> explain_value("mode", "mxa", Text(("min", "max")))
        "mode is 'mxa': choose min or max. Did you mean max?"
    """
    choices = getattr(kind, "choices", ())
    verb = "choose" if choices else "give"
    guess = did_you_mean(value, choices) if isinstance(value, str) and choices else ""
    unit = getattr(kind, "unit", "") if isinstance(value, int | float) else ""
    return f"{key} is {shown(value)}{unit}: {said or f'{verb} {kind.wanted}'}.{guess}"


def shown(value: Any) -> str:  # noqa: ANN401
    """Return a value as it is typed."""
    if value is None:
        return NULLS
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) < 80 else f"{text[:60]}... ({len(text)} characters)"
