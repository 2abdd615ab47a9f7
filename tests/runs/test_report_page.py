"""The page of a report: self-contained, names as text, the tracks behind each cell, players where there is audio."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from made_runs import begin_run, predictions, write_run

from musicgenre.runs.report import report
from musicgenre.runs.report_page import audio_link
from musicgenre.runs.run import Run

EVIL = '</script><img src=x onerror="alert(1)">&'


class Page(HTMLParser):
    """A page as a browser would parse it: its elements, what they load, and the records of its rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.records: list[dict[str, Any]] = []
        self.text = ""
        self._in_record = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_record = tag == "script" and dict(attrs).get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        if self._in_record:
            self.records.append(json.loads(data))
            self._in_record = False
        else:
            self.text += data


def page_of(runs: Path, folder: Path, **settings: Any) -> Page:
    report(runs, folder, **settings)
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def require_harmless(page: Page) -> None:
    assert not {"b", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    loaded = [found for _, attrs in page.tags for name in ("src", "href") if (found := attrs.get(name))]
    assert loaded and all(found.startswith("data:image/png;base64,") for found in loaded)
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]


def test_nothing_is_loaded_from_elsewhere_and_names_are_text(tmp_path: Path) -> None:
    table = predictions()
    table["track"] = table["track"].str.replace("test", EVIL, regex=False)
    table["genre"] = table["genre"].str.replace("hum", "<b>hum</b>", regex=False)
    table = table.rename(columns={"p_hum": "p_<b>hum</b>"})
    write_run(tmp_path / "0", table, overrides=(f"model={EVIL}",), choices={"model": EVIL})
    write_run(tmp_path / "1", overrides=("model=cnn",))
    page = page_of(tmp_path, tmp_path / "report")
    require_harmless(page)
    assert any(EVIL in track[0] for record in page.records for track in record["tracks"])


def test_figures_of_a_search_are_shown(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "night" / "a")
    (tmp_path / "runs" / "night" / "search_history.png").write_bytes(b"\x89PNG\r\n\x1a\n and more")
    (tmp_path / "runs" / "night" / "search_importances.png").write_bytes(b"<script>")  # not a PNG
    report(tmp_path / "runs", tmp_path / "report")
    shown = [about for tag, about in Page((tmp_path / "report" / "report.html").read_text()).tags if tag == "img"]
    assert "Results of the search, job by job: night" in [about["alt"] for about in shown]
    assert not [about for about in shown if "Importance" in str(about["alt"])]
    assert all(str(about["src"]).startswith("data:image/png;base64,") for about in shown)


def test_every_test_track_stands_behind_its_cell(tmp_path: Path) -> None:
    write_run(tmp_path / "0", predictions(right=3))
    page = page_of(tmp_path, tmp_path / "report")
    (record,) = page.records
    assert record["genres"] == ["drone", "hum"]
    cells = {attrs["data-cell"]: attrs["title"] for tag, attrs in page.tags if tag == "button"}
    for (true, answer), count in {(0, 0): 2, (0, 1): 0, (1, 0): 1, (1, 1): 1}.items():
        behind = [track for track in record["tracks"] if (track[1], track[2]) == (true, answer)]
        assert len(behind) == count
        assert str(cells[f"{true},{answer}"]).endswith(f": {count}")
    mistakes = [track for track in record["tracks"] if track[1] != track[2]]
    assert mistakes == [["hum/test3.wav", 1, 0, 0.9, 0, ""]]


def test_tags_and_notes_stand_with_their_runs(tmp_path: Path) -> None:
    for seed, noted in ((1, {"tags": ["warm", EVIL], "notes": "the <b>first</b>"}), (2, {"tags": ["warm"]})):
        write_run(tmp_path / str(seed), overrides=(f"seed={seed}",), seed=seed, config={"run": noted})
    page = page_of(tmp_path, tmp_path / "report")
    require_harmless(page)
    assert f"stratified, warm, {EVIL}\n" in page.text
    assert f"{tmp_path / '1'} warm, {EVIL}: the <b>first</b>{tmp_path / '2'} warm\n" in page.text


def test_tracks_of_several_runs_say_which(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_run(tmp_path / str(seed), overrides=(f"seed={seed}",), seed=seed)
    (record,) = page_of(tmp_path, tmp_path / "report").records
    assert sorted(track[4] for track in record["tracks"]) == [1] * 4 + [2] * 4


def test_a_player_has_the_file_of_the_runs_own_data(tmp_path: Path) -> None:
    music = tmp_path / "my music"
    (music / "hum").mkdir(parents=True)
    (music / "hum" / "test3.wav").write_bytes(b"RIFF")
    write_run(tmp_path / "runs", config={"data": {"root": str(music)}})
    (record,) = page_of(tmp_path / "runs", tmp_path / "report").records
    links = {track[0]: track[5] for track in record["tracks"]}
    assert links["hum/test3.wav"] == (music / "hum" / "test3.wav").as_uri()
    assert set(links.values()) == {links["hum/test3.wav"], ""}


def test_audio_elsewhere_may_have_another_suffix(tmp_path: Path) -> None:
    (tmp_path / "audio" / "hum").mkdir(parents=True)
    (tmp_path / "audio" / "hum" / "test3.mp3").write_bytes(b"ID3")
    write_run(tmp_path / "runs")
    (record,) = page_of(tmp_path / "runs", tmp_path / "report", audio=tmp_path / "audio").records
    assert [track[5] for track in record["tracks"] if track[5]] == [(tmp_path / "audio" / "hum" / "test3.mp3").as_uri()]


@pytest.mark.parametrize(
    ("track", "file"),
    [
        ("blues/blues00000.png", "blues/blues.00000.wav"),
        ("blues/song.2", "blues/song.2.mp3"),
        ("blues/song.au.wav", "blues/Song.ogg"),
        ("blues/sun.ra.flac", "blues/Sun.Ra.mp3"),
        ("blues/song.3", None),
    ],
)
def test_audio_elsewhere_is_found_by_what_all_forms_are_called(tmp_path: Path, track: str, file: str | None) -> None:
    (tmp_path / "blues").mkdir()
    for name in ("blues.00000.wav", "song.2.mp3", "Song.ogg", "song.webm", "song.txt", "Sun.Ra.mp3"):
        (tmp_path / "blues" / name).write_bytes(b"sound")
    begin_run(tmp_path / "run", config={"data": {}})
    link = audio_link(Run(tmp_path / "run"), track, tmp_path)
    assert link == ("" if file is None else (tmp_path / file).as_uri())


def test_a_relative_root_is_that_of_the_folder_in_which_the_run_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("a", "b"):  # two collections, each with a track of this name
        (tmp_path / place / "music" / "hum").mkdir(parents=True)
        (tmp_path / place / "music" / "hum" / "1.ogg").write_bytes(b"OggS")
    run = begin_run(tmp_path / "run", config={"data": {"root": "music"}})
    run.write_environment("x", "cpu", 1, str(tmp_path / "a" / "music"))
    for started in ("b", "."):
        monkeypatch.chdir(tmp_path / started)
        assert audio_link(Run(run.path), "hum/1.ogg") == (tmp_path / "a" / "music" / "hum" / "1.ogg").as_uri()
    (tmp_path / "a").rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    assert audio_link(Run(run.path), "hum/1.ogg") == (tmp_path / "moved" / "music" / "hum" / "1.ogg").as_uri()


def test_a_rendered_corpus_is_found_where_the_run_kept_its_place(tmp_path: Path) -> None:
    (tmp_path / "corpus" / "hum").mkdir(parents=True)
    (tmp_path / "corpus" / "hum" / "1.wav").write_bytes(b"RIFF")
    run = begin_run(tmp_path / "run", config={"data": {}})
    run.write_environment("x", "cpu", 1, str(tmp_path / "corpus"))
    link = audio_link(Run(run.path), "hum/1.wav")
    assert link == (tmp_path / "corpus" / "hum" / "1.wav").as_uri()
    assert audio_link(Run(run.path), "hum/2.au") == ""


@pytest.mark.parametrize(
    ("root", "track"),
    [("~nobody_here/music", "hum/1.wav"), (".", f"hum/{'音' * 120}.wav"), (".", "hum/\0.wav"), (".", "")],
)
def test_what_cannot_be_a_file_here_has_no_player(tmp_path: Path, root: str, track: str) -> None:
    begin_run(tmp_path / "run", config={"data": {"root": root if root != "." else str(tmp_path)}})
    assert audio_link(Run(tmp_path / "run"), track) == ""


def test_the_script_reads_what_the_page_has(tmp_path: Path) -> None:
    write_run(tmp_path / "0")
    report(tmp_path, tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for name in re.findall(r'querySelector\("\.([\w-]+)"\)', text):
        assert re.search(rf"class=['\"]?[^'\">]*\b{name}\b", text), name
