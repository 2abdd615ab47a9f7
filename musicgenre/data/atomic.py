"""Files written whole or not at all."""

import uuid
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) through a draft beside it, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")  # tempfile's would be closed to everybody else
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
