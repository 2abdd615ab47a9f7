"""Notebooks are stored as a reader should find them, and run from top to bottom with small settings."""

import ast
import json
import re
from pathlib import Path

import pytest
from command_line import TINY
from executing import NOTEBOOKS, ROOT, execute, of_cells, read, settings_of, troubles
from made_pictures import write_pictures
from made_table import make_table, write_table
from nbformat import NotebookNode

# The fewest tracks that the splits of these can use, and two overlapping segments of each.
SMALL = "TRACKS, SECONDS, RATE = 5, 4.6, 22050\nEPOCHS, GAN_EPOCHS, SEEDS = 1, 1, (1, 2)"
TEACHES_CLASSES = "3_training_by_hand"
SCAFFOLDING = re.compile(r"os\.environ|subprocess|tempfile|^!|^def |^class ", re.MULTILINE)
ELSEWHERE = re.compile(rf"/home/|/root/|/tmp/|/Users/|[A-Z]:\\|https?://(?!doi|arxiv)|{re.escape(str(ROOT))}")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def names(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def test_there_are_notebooks() -> None:
    assert [path.name[0] for path in NOTEBOOKS] == list("12345678")
    assert sum(path.stat().st_size for path in NOTEBOOKS) < 3 * 2**20


@each
def test_settings_are_one_small_cell_and_nothing_else_is_scaffolding(path: Path) -> None:
    notebook = read(path)
    settings = settings_of(notebook)
    assert notebook.cells.index(settings) == 1  # below the title
    assert len(settings.source.splitlines()) <= 3
    assert names(settings.source) <= names(SMALL)
    found = {found for cell in code_cells(notebook) for found in SCAFFOLDING.findall(cell.source)}
    assert found == ({"class "} if path.stem == TEACHES_CLASSES else set())


@each
def test_outputs_are_stored_without_errors_or_traces_of_a_machine(path: Path) -> None:
    notebook = read(path)
    shown = [cell for cell in code_cells(notebook) if cell.outputs]
    assert len(shown) > len(code_cells(notebook)) / 2
    assert [cell.execution_count for cell in code_cells(notebook)] == list(range(1, len(code_cells(notebook)) + 1))
    assert list(troubles(notebook)) == []
    assert "widgets" not in notebook.metadata
    for output in (output for cell in shown for output in cell.outputs):
        assert not any("widget" in kind for kind in output.get("data", ()))
        text = json.dumps({kind: value for kind, value in output.items() if kind != "data"})
        text += "".join(str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))
        assert not ELSEWHERE.search(text), text
        assert "\x1b" not in text
        assert text.strip()


@each
def test_a_folder_that_is_chosen_is_named_after_all_settings(path: Path) -> None:
    """With other settings it would hold other runs."""
    notebook = read(path)
    for cell in code_cells(notebook):
        if "hydra.run.dir" in cell.source:
            assert names(settings_of(notebook).source) <= names(cell.source.removeprefix("%%capture"))


@each
def test_every_section_ends_in_a_sentence(path: Path) -> None:
    cells = read(path).cells
    starts = [place for place, cell in enumerate(cells) if cell.cell_type == "markdown" and cell.source[:3] == "## "]
    assert len(starts) >= 3
    for end in (*starts[1:], len(cells)):
        last = cells[end - 1]
        assert last.cell_type == "markdown" and last.source[0] != "#", last.source
        assert re.search(r"\w.*\.$", last.source), last.source


EXAMPLE = """
import lightning as L
from musicgenre import GenreClassifier, GenreDataModule, features_table, folder, mel_images, splits
from musicgenre.augment import SpecAugment
from musicgenre.features import MFCC, MelImage
from musicgenre.nets import CNN, FCNN, BiLSTM

split = splits.stratified(fractions=(0.5, 0.25, 0.25), seed=0)
data, net = {made}
model = GenreClassifier(net, lr=1e-3)
trainer = L.Trainer(max_epochs=1)
trainer.fit(model, data)
print(trainer.test(model, data)[0])
model.predictions, data.train[0]
path = trainer.checkpoint_callback.best_model_path
GenreClassifier.load_from_checkpoint(path)
trainer = L.Trainer(max_epochs=1)
trainer.fit(GenreClassifier(net), data)
"""
PROGRESS = """
from musicgenre.progress import track_progress
list(track_progress(range(7), 7, 'Computing'))
"""


def small_notebooks() -> dict[str, NotebookNode]:
    """The stored notebooks with small settings and without outputs."""
    notebooks = {path.stem: read(path) for path in NOTEBOOKS}
    for notebook in notebooks.values():
        settings_of(notebook).source = SMALL
        for cell in code_cells(notebook):
            cell.outputs = []
    table = settings_of(notebooks["2_the_feature_table"])
    table.source = table.source.replace("5, 4.6", "7, 0.6")  # its split needs more; librosa is slow
    return notebooks


def trained_by_hand(folder: Path, corpus_root: Path) -> dict[str, NotebookNode]:
    """The example for each kind of data."""
    pictures, feature_table = write_pictures(folder / "pictures"), write_table(make_table(8), folder)
    audio = f"GenreDataModule(folder('{corpus_root}'), MFCC(n_mfcc=13), length=1.0, overlap=0.5, split=split, "
    made = {
        "audio": f"{audio}augment=SpecAugment()), BiLSTM",
        "pictures": f"GenreDataModule(mel_images('{pictures}'), MelImage(size=16), split=split), CNN",
        "table": f"GenreDataModule(features_table('{feature_table}'), split=split), FCNN",
    }
    return {name: of_cells(EXAMPLE.format(made=code)) for name, code in made.items()}


ROUGHLY = f"""
import gc, sys
import pytest
sys.path.append({str(ROOT / "tests")!r})
from quick_hydra import QUICK
for quicker in QUICK:
    quicker(pytest.MonkeyPatch())
from functools import partialmethod
from matplotlib.figure import Figure
def roughly(self, *args, set_layout_engine, **settings):
    set_layout_engine(self, "none")
Figure.set_layout_engine = partialmethod(roughly, set_layout_engine=Figure.set_layout_engine)
get_ipython().config.InlineBackend.print_figure_kwargs = dict(dpi=30, bbox_inches=None)
gc.set_threshold(400_000, 20, 100)
"""


@pytest.fixture
def _drawn_roughly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the kernel skip what takes longest: composing configs again, figure layout, many pixels, garbage."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "roughly.py").write_text(ROUGHLY)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


@pytest.mark.usefixtures("_drawn_roughly")
def test_the_notebooks_run_and_the_library_is_quiet_in_them(tmp_path: Path, corpus_root: Path) -> None:
    notebooks, by_hand = small_notebooks(), trained_by_hand(tmp_path, corpus_root)
    recipe = f"musicgenre.train('data=folder', 'data.root={corpus_root}', {', '.join(map(repr, TINY))})"
    recipes = of_cells("import musicgenre", recipe, f"%%capture\n{recipe}", PROGRESS)
    joint = execute([*notebooks.values(), *by_hand.values(), recipes], tmp_path)  # one kernel, as a start takes seconds
    every = {**notebooks, **by_hand, "recipes": recipes}
    assert {name: list(troubles(notebook)) for name, notebook in every.items()} == {name: [] for name in every}
    assert all(any(cell.outputs for cell in code_cells(notebook)) for notebook in notebooks.values())
    for name, notebook in by_hand.items():
        assert "'test/track/accuracy': " in json.dumps(notebook), name
    widgets = joint.metadata.widgets["application/vnd.jupyter.widget-state+json"].state.values()
    bars = json.dumps([widget.state.outputs for widget in widgets if widget.model_name == "OutputModel"])
    assert "epoch 2/2" in bars
    assert "7/7" in bars
