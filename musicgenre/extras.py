"""Packages that only some features need, and the command that adds them to this installation."""

import json
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from musicgenre.errors import MusicGenreError
from musicgenre.quoting import quoted


class MissingPackageError(MusicGenreError):
    """A feature needs an extra that is not installed; the message ends with the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what}: {install_command(extra)}.")


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this installation, from its origin: a clone, a file or a URL.

    Example:
        >>> install_command("sweep").endswith("[sweep]'")
        True
    """
    try:
        ours = distribution("musicgenre")
    except PackageNotFoundError:  # a folder on sys.path
        return f"pip install '.[{extra}]'"
    return _command(ours, extra)


def _command(ours: Distribution, extra: str) -> str:
    source = json.loads(ours.read_text("direct_url.json") or "{}")
    pip = "uv pip install" if (ours.read_text("INSTALLER") or "").strip() == "uv" else "pip install"
    url = str(source.get("url", ""))
    if found := source.get("vcs_info"):
        version = found.get("requested_revision") or found.get("commit_id")
        below = f"#subdirectory={source['subdirectory']}" if source.get("subdirectory") else ""
        url = f"{found['vcs']}+{url}{f'@{version}' if version else ''}{below}"
    if not url:
        return f"{pip} {quoted(f'musicgenre[{extra}]')}"
    if not url.startswith("file:"):
        return f"{pip} {quoted(f'musicgenre[{extra}] @ {url}')}"
    path = Path(url2pathname(urlparse(url).path))
    editable = " -e" if source.get("dir_info", {}).get("editable") else ""
    here = "." if path == Path.cwd() else str(path)
    return f"{pip}{editable} {quoted(f'{here}[{extra}]')}"
