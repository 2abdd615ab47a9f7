"""Recordings that were once misread: hangs, false alarms and losses that nothing told of."""

import numpy as np
import pytest
from made_recordings import RATE, encoded, tone

from musicgenre.data.audio.decode import hear


@pytest.mark.parametrize("offset", [0, 4, 23])
def test_an_au_whose_samples_would_begin_inside_its_header_ends(offset: int) -> None:
    content = bytearray(encoded(tone(2), format="AU", subtype="PCM_16"))
    content[4:8] = offset.to_bytes(4, "big")
    assert hear(bytes(content), RATE).facts.heard == pytest.approx(2, abs=0.01)
    assert hear(bytes(content) * 2, RATE).facts.heard == pytest.approx(4, abs=0.01)


def _silent_end(container: str) -> bytes:
    loud, silent = tone(2, 44100, 2), np.zeros(2 * 44100, np.float32)
    return b"".join(encoded(wave, 44100, format=container) for wave in (loud, silent))


@pytest.mark.parametrize("container", ["WAV", "MP3", "OGG", "FLAC"])
def test_a_silent_end_of_other_channels_does_not_make_all_silent(container: str) -> None:
    heard = hear(_silent_end(container), RATE)
    assert heard.facts.heard == pytest.approx(4, abs=0.1)
    assert np.abs(heard.waveform[RATE // 2 : RATE]).max() > 0.2
    assert np.abs(heard.waveform[-RATE:]).max() < 0.001
