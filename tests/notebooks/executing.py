"""Notebooks as files and in a kernel: where they are, how they are run, what their outputs must not show."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import zmq
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

_AFRESH = "import gc\ngc.freeze()\n%reset -f"  # the collection in %reset skips what is loaded
_TROUBLE = re.compile(r"Traceback|warning|\bError:|\[ERROR\]", re.IGNORECASE)


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file."""
    notebook: NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    return notebook


def of_cells(*sources: str) -> NotebookNode:
    """Return a notebook of code cells."""
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    return notebook


def execute(notebooks: Sequence[NotebookNode], folder: Path) -> NotebookNode:
    """Run notebooks one after the other in one kernel, each with its own names and folder below `folder`.

    An error does not stop the others. The outputs go into the given cells; the returned notebook holds them all.
    """
    joint = _joint(notebooks, folder)
    client = NotebookClient(
        joint, timeout=150, kernel_name="python3", allow_errors=True, coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    asyncio.run(_execute(client))
    return joint


async def _execute(client: NotebookClient) -> None:
    """Run a notebook, and check every second the sockets that asyncio waits for.

    What the client sends outside asyncio, as for a progress bar, may consume the one signal that a reply has come; a
    second message gives no new signal, so the client would wait for the cell until the timeout.
    """
    running = asyncio.create_task(client.async_execute())
    while not (await asyncio.wait({running}, timeout=1))[0]:
        if client.kc is not None:
            for channel in (client.kc.shell_channel, client.kc.iopub_channel, client.kc.control_channel):
                channel.socket.get(zmq.EVENTS)
    await running


def _joint(notebooks: Sequence[NotebookNode], folder: Path) -> NotebookNode:
    """Return one notebook of the cells of several, each with its own names and folder."""
    cells = []
    for number, notebook in enumerate(notebooks):
        place = folder / str(number)
        place.mkdir(parents=True)
        for cell in notebook.cells:
            cell.id = f"{number}-{cell.id.rpartition('-')[2]}"  # ids are unique only within a notebook
        cells += [nbformat.v4.new_code_cell(f"{_AFRESH}\n%cd -q {place}"), *notebook.cells]
    joint: NotebookNode = nbformat.v4.new_notebook(cells=cells)
    return joint


def settings_of(notebook: NotebookNode) -> NotebookNode:
    """Return the one cell with papermill's tag for settings."""
    cell: NotebookNode
    (cell,) = [each for each in notebook.cells if "parameters" in each.metadata.get("tags", ())]
    return cell


def troubles(notebook: NotebookNode) -> Iterator[str]:
    """Yield what a reader should not see in the outputs: errors, warnings, standard error."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            text = str(output.get("traceback") or output.get("text") or _texts(output))
            if output.output_type == "error" or output.get("name") == "stderr" or _TROUBLE.search(text):
                yield f"{cell.source[:80]!r}: {text[-2000:]}"


def _texts(output: NotebookNode) -> str:
    return "\n".join(str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))
