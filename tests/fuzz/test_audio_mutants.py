"""Some of the damaged recordings that `audio.py` tries by the thousand: each container once in each way."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from audio import judge
from audio_mutants import mutants, originals


def test_a_damaged_recording_is_refused_in_a_sentence_or_heard() -> None:
    found = {mutant.name: judge(mutant) for mutant in mutants(7 * len(originals()), seed=7)}
    assert {name: text for name, text in found.items() if text} == {}


def test_the_originals_are_heard_whole() -> None:
    from musicgenre.data.audio.decode import hear

    for name, content in originals().items():
        wanted = 4.0 if name in ("MP3 joined", "OGG chained") else 2.0
        assert hear(content, 22050).facts.heard == pytest.approx(wanted, abs=0.09), name
