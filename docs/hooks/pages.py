"""What the site has besides docs/*.md: the repository's top-level files, the notebooks and the page on commands."""

import posixpath
import re
from pathlib import Path

from commands_page import commands_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FROM_THE_TOP = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
ELSEWHERE = {**FROM_THE_TOP, "docs/README.md": "index.md", "notebooks": "notebooks.md"}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and files that are not in docs/."""
    for name, page in FROM_THE_TOP.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    for path in sorted((ROOT / "notebooks").glob("*.*")):
        if path.suffix in (".ipynb", ".png"):
            files.append(File.generated(config, f"notebooks/{path.name}", abs_src_path=str(path)))
    files.append(File.generated(config, "commands.md", content=commands_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return a page with the repository's links turned into the site's."""
    del config
    on_site = page.file.src_uri
    in_repository = next((name for name, uri in FROM_THE_TOP.items() if uri == on_site), f"docs/{on_site}")
    parts = _FENCE.split(markdown)  # fenced blocks are at odd indices, and stay unchanged
    parts[::2] = [_LINK.sub(lambda found: _turned(found, in_repository, on_site, files), text) for text in parts[::2]]
    return "".join(parts)


def _turned(link: re.Match[str], in_repository: str, on_site: str, files: Files) -> str:
    """Return the link's equivalent on the site, or only its text where the site has no such file."""
    mark, text, target = link.groups()
    path, _, place = target.partition("#")
    if "://" in target or not path:
        return link[0]
    named = posixpath.normpath(posixpath.join(posixpath.dirname(in_repository), path))
    uri = ELSEWHERE.get(named, named.removeprefix("docs/"))
    file = files.get_file_from_path(uri)
    if (file is None or file.inclusion.is_excluded()) and (ROOT / named).exists():
        return text
    relative = posixpath.relpath(uri, posixpath.dirname(on_site) or ".")
    return f"{mark}[{text}]({relative}{'#' + place if place else ''})"
