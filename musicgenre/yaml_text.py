"""Write plain values as YAML, and parse YAML from untrusted files as plain values."""

from functools import cache
from typing import Any

_LONGEST = 64  # characters of a number


def as_yaml(values: object) -> str:
    """Return plain values as YAML, with keys in their order.

    Example:
        >>> same = [1, 2.5]
        >>> print(as_yaml({"b": same, "a": same}), end="")
        b:
        - 1
        - 2.5
        a:
        - 1
        - 2.5
    """
    import yaml  # here: not needed for reading results

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # a list that occurs twice is written twice
            return True

    return str(yaml.dump(values, Dumper=Dumper, sort_keys=False, allow_unicode=True))


def parse_yaml(text: str) -> Any:  # noqa: ANN401  # whatever the text holds
    r"""Return the content of a YAML text as plain values; `${...}` stays text.

    Raises:
        ValueError: It cannot be parsed, or repeats parts by alias, which may expand without end.

    Example:
        >>> parse_yaml("a: [1, 2.5, x]")
        {'a': [1, 2.5, 'x']}
        >>> parse_yaml("a: &a [1]\nb: *a")
        Traceback (most recent call last):
        ...
        ValueError: it uses YAML aliases, which no run writes
    """
    import yaml

    loader = _loader()
    try:
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader)):
            raise ValueError("it uses YAML aliases, which no run writes")
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, OverflowError) as error:
        raise ValueError(" ".join(str(error).split())) from error


@cache
def _loader() -> Any:  # noqa: ANN401  # PyYAML has two families of loaders
    """Return PyYAML's safe loader, ten times as fast if built with libyaml, that refuses very long numbers."""
    import yaml

    kind: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(kind):  # type: ignore[misc]
        pass

    def number(loader: Any, node: Any) -> Any:  # noqa: ANN401  # 1:1:1:... would take seconds
        if len(node.value) > _LONGEST:
            raise yaml.YAMLError(f"a number of {len(node.value)} characters")
        whole = node.tag.endswith("int")
        return loader.construct_yaml_int(node) if whole else loader.construct_yaml_float(node)

    for name in ("int", "float"):
        Loader.add_constructor(f"tag:yaml.org,2002:{name}", number)
    return Loader
