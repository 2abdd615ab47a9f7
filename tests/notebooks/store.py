"""Run the notebooks with their own settings and store them with their outputs.

`uv run python tests/notebooks/store.py` runs all; numbers or names after it select some: `store.py 3 6`. The outputs
are cleaned of what is specific to a machine or a moment: paths, states of progress bars, sound. A notebook that fails
or warns is left unchanged.
"""

import base64
import io
import os
import re
import resource
import sys
import tempfile
from pathlib import Path

import nbformat
from executing import NOTEBOOKS, execute, read, troubles
from nbformat import NotebookNode
from PIL import Image

from musicgenre.files import cache_dir

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_COLOURS = 256  # of a picture's palette: a third of the bytes, with no visible difference
_SOUND = "[sound: run the cell to hear it]"


def main() -> int:
    """Store the notebooks named on the command line, or all; return how many failed."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}  # the same sums on every machine
    chosen = [path for path in NOTEBOOKS if not sys.argv[1:] or any(path.name.startswith(n) for n in sys.argv[1:])]
    return sum(not _store(path) for path in chosen)


def _store(path: Path) -> bool:
    notebook, before = read(path), _cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        execute([notebook], Path(folder).resolve())
        _clean(notebook, Path(folder).resolve() / "0")
    found = list(troubles(notebook))
    for trouble in found:
        print(f"{path.name}: {trouble}", file=sys.stderr)
    if not found:
        nbformat.validate(notebook)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(f"{path.name}: {_cpu_seconds() - before:.0f} s of CPU, {path.stat().st_size / 1024:.0f} KiB")
    return not found


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # of kernels that have ended
    return used.ru_utime + used.ru_stime


def _clean(notebook: NotebookNode, folder: Path) -> None:
    """Remove from the outputs what is of no use to readers elsewhere."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    number = 0
    for place, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{place}"
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            cell.outputs = [_cleaned(output, folder, number) for output in cell.outputs if not _is_bar(output)]


def _is_bar(output: NotebookNode) -> bool:
    """Whether the output is what remains of a progress bar: a widget, or nothing."""
    data = output.get("data")
    return data is not None and (any("widget" in kind for kind in data) or not data.get("text/plain", "").strip())


def _cleaned(output: NotebookNode, folder: Path, number: int) -> NotebookNode:
    if "execution_count" in output:
        output.execution_count = number
    if "text" in output:
        output.text = _without_places(output.text, folder)
    data = output.get("data", {})
    if "<audio" in data.get("text/html", ""):
        output.data = {"text/plain": _SOUND}
        return output
    for kind in data:
        if kind == "image/png":
            data[kind] = _small(data[kind])
        elif kind.startswith("text/"):
            data[kind] = _without_places(_ANSI.sub("", data[kind]), folder)
    if "metadata" in output:
        output.metadata = {}
    return output


def _without_places(text: str, folder: Path) -> str:
    """Replace this machine's paths with those that a reader has."""
    text = re.sub(rf"{re.escape(str(folder))}/?", "", text)
    text = text.replace(str(cache_dir()), "~/.cache/musicgenre").replace(str(Path.home()), "~")
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


def _small(png: str) -> str:
    """Return a picture with a palette, as base64."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    file = io.BytesIO()
    picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        file, format="png", optimize=True
    )
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    sys.exit(main())
