"""What is shown is also written to the log, and shown once."""

import io
import logging
from pathlib import Path

import pytest
from rich.table import Table

from musicgenre.cli.logs import NamesJob
from musicgenre.transcript import console, say, show


def test_in_a_notebook_it_is_shown_once_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda segments, text: shown.append(text))
    handler = logging.FileHandler(tmp_path / "musicgenre.log")
    logging.root.addHandler(handler)
    try:
        table = Table("genre")
        table.add_row("jazz")
        show(table, "Next: listen")
    finally:
        logging.root.removeHandler(handler)
        handler.close()
    for word in ("jazz", "Next: listen"):
        assert sum(text.count(word) for text in shown) == 1
        assert (tmp_path / "musicgenre.log").read_text().count(word) == 1


def test_where_nobody_reads_on_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 1

    monkeypatch.setattr("sys.stdout", Closed())
    monkeypatch.setattr("os.dup2", lambda *descriptors: None)  # with which rich would replace this process's stdout
    monkeypatch.setattr("musicgenre.transcript.to_log_file", noted.append)
    console().print("a table")  # where rich would end the program
    show("Next: listen")
    assert noted == ["\nNext: listen"]


def test_control_characters_in_a_name_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\x07\x9b.wav"
    said = logging.LogRecord("", logging.WARNING, "", 0, "%s\n\tis damaged", (name,), None)
    assert NamesJob("%(message)s").format(said) == "a\\x1b[31m\\x07\\x9b.wav\n\tis damaged"
    table = Table("file")
    table.add_row(name)
    show(table, name)
    console().print(name, markup=False)
    say(name)
    out, err = capsys.readouterr()
    assert out.count("a\\x1b[31m\\x07\\x9b.wav") == 3 and err == "a\\x1b[31m\\x07\\x9b.wav\n"
