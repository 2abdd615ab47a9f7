"""What `explore` draws where nobody names data: a run's own, nothing beside a table, or the rendered corpus."""

from collections.abc import Sequence

from musicgenre.runs.identity import override_key

WITHOUT = (("explore", "data"),)  # commands, and groups that they can do without
_MEASURED = ("features", "null", "")  # of table: no file of one's own


def data_to_explore(command: str, overrides: Sequence[str]) -> list[str]:
    """Return a command's overrides, with what `data` is of `explore` where they do not say.

    Example:
        >>> data_to_explore("explore", ["run=outputs/mine"]), data_to_explore("explore", ["data.root=music"])
        (['run=outputs/mine', '~data'], ['data.root=music'])
        >>> data_to_explore("explore", ["table=features"]), data_to_explore("explore", ["table=mine.csv"])
        (['table=features', 'data=synthetic'], ['table=mine.csv', '~data'])
    """
    asked = {override_key(text): text.partition("=")[2] for text in overrides}
    if command != "explore" or any(key == "data" or key.startswith("data.") for key in asked):
        return list(overrides)
    own = asked.get("run", "null") not in ("null", "") or asked.get("table", "null") not in _MEASURED
    return [*overrides, "~data" if own else "data=synthetic"]
