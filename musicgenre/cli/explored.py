"""What `explore` draws if no data is given: a run's own data, only a given table, or the rendered corpus."""

from collections.abc import Sequence

from musicgenre.runs.identity import override_key

WITHOUT = (("explore", "data"),)  # commands, with groups that they can do without
_MEASURED = ("features", "null", "")  # values of `table` that are not the user's own file


def data_to_explore(command: str, overrides: Sequence[str]) -> list[str]:
    """Return a command's overrides; for `explore`, with a choice of `data` if they have none.

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
