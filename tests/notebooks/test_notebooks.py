"""Every notebook is stored without outputs, and runs from top to bottom on a small render of the default corpus."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SMALL = {"MUSICGENRE_TRACKS": "5", "MUSICGENRE_SECONDS": "7", "MUSICGENRE_EPOCHS": "1", "OMP_NUM_THREADS": "1"}


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_without_outputs(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert not any(line.lstrip().startswith(("def ", "class ")) for cell in code for line in cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SMALL, "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.reads(path.read_text(), as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
    client.execute()
    text = json.dumps(notebook)
    for trouble in ("Traceback", "Warning:", "Error:"):
        assert trouble not in text, text[max(0, text.index(trouble) - 500) : text.index(trouble) + 500]


def test_a_progress_bar_moves_in_the_notebook_and_ends_full() -> None:
    code = "from musicgenre.progress import track_progress\nlist(track_progress(range(7), 7, 'Computing'))"
    cell = nbformat.v4.new_code_cell(code)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    widgets = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state.values()
    (bar,) = [widget.state.outputs for widget in widgets if widget.model_name == "OutputModel"]
    assert "7/7" in json.dumps(bar)
