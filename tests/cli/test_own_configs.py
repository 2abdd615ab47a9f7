"""Mistakes in config files of one's own are answered with what to write."""

from pathlib import Path

import pytest
from command_line import fails, musicgenre

from musicgenre.cli.configs import conf_dir

GLOBAL = "# @package _global_\n"
FILES = {
    "model/mine.yaml": "_target_: own.Net\n_partial_: true\nwidth: 4\n",
    "model/narrow.yaml": "_target_: own.Narrow\n_partial_: true\n",
    "model/tab.yaml": "_target_: own.Net\n_partial_: true\n\twidth: 4\n",
    "model/colons.yaml": "_target_: own.Net\nwidth: height: 4\n",
    "standardize/robust.yaml": "_target_: own.Robust\n_partial_: true\n",
    "experiment/no_override.yaml": GLOBAL + "defaults:\n  - /model: mine\n",
    "experiment/no_package.yaml": "defaults:\n  - override /model: mine\n",
    "experiment/no_slash.yaml": GLOBAL + "defaults:\n  - override model: mine\n",
    "experiment/no_effect.yaml": "trainer:\n  max_epochs: 3\n",
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return "own"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("experiment=no_override", "and model is chosen already: write the line once among its defaults, as - over"),
        ("experiment=no_package", "experiment/no_package.yaml chooses for the whole run: its first line has to be"),
        ("experiment=no_slash", "looks for model in its own group, experiment: write the slash, - override /model"),
        ("experiment=no_effect", "experiment has trainer, with no effect: begin its file with # @package _global_."),
        ("standardize=robust", "train chooses no option of standardize by default: write +standardize=robust."),
        ("model=tab", "own/model/tab.yaml, line 3, cannot be read: it has a tab, and YAML takes only spaces there."),
        ("model=colons", "own/model/colons.yaml, line 2, cannot be read: mapping values are not allowed here."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_answered_with_what_to_write(typed: str, said: str, own: str) -> None:
    text = fails(musicgenre("train", "--config-dir", own, typed), said)
    assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["experiment/dilated_cnn.yaml", "train.yaml"])
def test_a_file_with_the_name_of_ours_is_refused_as_hydra_would_read_ours(name: str, own: str) -> None:
    path, copied = Path(own, name), (conf_dir() / name).read_text()
    path.parent.mkdir(exist_ok=True)
    path.write_text("_target_: own.Net\n_partial_: true\n")
    for flags in (("--config-dir", own), (f"hydra.searchpath=[file://{Path(own).absolute()}]",)):
        said = f"own, {name} would not be read, as musicgenre's own configs have that name: give it another name, or "
        fails(musicgenre("train", *flags, "model=cnn"), said)
    other = Path(own, "trainer", "cpu.yaml")
    other.parent.mkdir()
    other.write_text("max_epochs: 3\n")
    said = f"In own, {name} and trainer/cpu.yaml would not be read, as musicgenre's own configs have those names: give "
    fails(musicgenre("train", "--config-dir", own, "model=cnn"), said)
    (more := Path("more", "trainer")).mkdir(parents=True)
    other.rename(more / "cpu.yaml")
    search = f"hydra.searchpath=[file://{Path('more').absolute()}]"
    said = f"In own, {name}, and in {Path('more').absolute()}, trainer/cpu.yaml would not be read, as musicgenre's own "
    fails(musicgenre("train", "--config-dir", own, search, "model=cnn"), said, "have those names")
    path.write_text(copied)  # of all configs, of which some were edited
    fails(musicgenre("train", "--config-dir", own, "model=mien"), "There is no model=mien. Did you mean mine?")
    path.write_text(copied, newline="\r\n")
    fails(musicgenre("train", "--config-dir", own, "model=mien"), "There is no model=mien. Did you mean mine?")


def test_own_options_are_listed(own: str) -> None:
    Path(own, "model", "mine.yaml").write_text("# A net of mine. It is small.\n_target_: own.Net\n")
    for flags in (("--config-dir", own), (f"--config-dir={own}",)):
        listed = [line.split() for line in musicgenre("list", "model", *flags).out.splitlines()]
        assert ["mine", "A", "net", "of", "mine."] in listed
        assert {words[0] for words in listed} >= {"cnn", "mine", "narrow"}
    assert musicgenre("list", "standardize", "--config-dir", own).out == "robust\n"
    fails(musicgenre("list", "standardize"), "There is no group 'standardize'.")
    fails(
        musicgenre("list", "model", "--config-dir", "nowhere"), "There is no folder nowhere: give --config-dir FOLDER"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "model=mine,narrow model.width=4,5",
            "model=narrow lacks the setting model.width: set it in a sweep without",
        ),
        (
            "model=cnn,bilstm model.channels=[3]",
            "model=bilstm lacks the setting model.channels: set it in",
        ),
        (
            "model=narrow,bilstm model.channels=[3]",
            "model=narrow,bilstm lack the setting model.channels: leave it",
        ),
        ("model=mine,narrow model.widht=4", "train has no setting model.widht."),
    ],
)
def test_a_sweep_names_the_options_that_lack_a_setting(typed: str, said: str, own: str) -> None:
    fails(musicgenre("train", "-m", "--config-dir", own, *typed.split(" ")), said)
