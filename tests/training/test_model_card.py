import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_runs import job

from musicgenre import GenreDataModule
from musicgenre.runs.run import Run
from musicgenre.training.model_card import NAME, card_facts, licences, model_card


def test_a_run_has_a_card_with_its_own_figures(finished_run: Path) -> None:
    card = (finished_run / NAME).read_text()
    metrics = json.loads((finished_run / "metrics.json").read_text())
    low, high = (100 * metrics[f"test/track/accuracy_{bound}"] for bound in ("low", "high"))
    assert f"{100 * metrics['test/track/accuracy']:.1f} % (95 %: {low:.0f} to {high:.0f})" in card
    assert f"| parameters | {metrics['parameters']:,} |" in card
    tested = metrics["leaks/test_tracks"]
    assert f"| leak | none known; unknown artists: {tested} of {tested} test tracks |" in card
    tracks = pd.read_csv(finished_run / "split.csv", keep_default_na=False).drop_duplicates("track")
    counts = tracks[tracks.genre == "hum"].split.value_counts()
    assert f"| hum | {counts['train']} | {counts['val']} | {counts['test']} |" in card
    assert "does not know the licence of the tracks" in card
    assert f"| data | {Run(finished_run).data}: " in card and Run(finished_run).data.startswith("folder ")
    assert f"musicgenre predict run={finished_run}" in card
    assert "\nTracks are recordings; the split is stratified(" in card


def test_licences_of_what_is_known() -> None:
    gtzan = {"_target_": "musicgenre.data.corpus.sources.gtzan"}
    musicnn = {"_target_": "musicgenre.features.Musicnn"}
    assert licences({"data": gtzan, "features": musicnn}).split(". ") == [
        "GTZAN's recordings were gathered from CDs and radio for research, and have no licence",
        "musicnn's published weights are under the ISC licence.",
    ]


def test_nobody_labelled_rendered_tracks(audio: GenreDataModule) -> None:
    audio.setup()
    rendered = {"data": {"_target_": "musicgenre.data.corpus.sources.synthetic"}}
    cards = [model_card(replace(job(Path("run")), config=found), audio, {"epochs": 1}) for found in (rendered, {})]
    assert ["understood by those who labelled the tracks" in card for card in cards] == [False, True]


def test_its_command_can_be_typed_wherever_the_run_lies(audio: GenreDataModule) -> None:
    audio.setup()
    facts = dict(card_facts(job(Path("/my runs/first")), audio, {"epochs": 1}))
    assert facts["usage"] == "`musicgenre predict 'run=/my runs/first' audio=FILE`"


def test_what_learnt_from_pictures_is_not_said_to_hear(audio: GenreDataModule, monkeypatch: pytest.MonkeyPatch) -> None:
    audio.setup()
    monkeypatch.setattr(type(audio.front_end), "reads", ("picture",))
    assert "usage" not in dict(card_facts(job(Path("run")), audio, {"epochs": 1}))
