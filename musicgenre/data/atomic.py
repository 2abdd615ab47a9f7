"""Files written whole or not at all."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A draft to write beside `path`, which takes its place where the block ends well and is removed where it fails.

    A reader never sees half of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")  # tempfile's would be closed to everybody else
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) through a draft."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")
