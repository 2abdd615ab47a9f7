"""Docstrings introduce a doctest with `Example:`; griffe shows it as code only under `Examples:`."""

import re

from griffe import Extension, GriffeLoader, Object


class Examples(Extension):  # type: ignore[misc]  # griffe is not among what mypy reads
    """Gives the section the name that griffe knows."""

    def on_object(self, *, obj: Object, loader: GriffeLoader, **kwargs: object) -> None:
        """Rename the section in an object's docstring."""
        del loader, kwargs
        if obj.docstring:
            obj.docstring.value = re.sub(r"^(\s*)Example:$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE)
