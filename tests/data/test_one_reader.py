"""Only the reader in data/audio decides what a recording holds."""

import io
import re
from pathlib import Path

import pytest
import soundfile as sf
from made_recordings import vbr_mp3, wav, with_number, without_header

import musicgenre
from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.source import Source
from musicgenre.training.evaluate import _is_longer

_OTHER_READERS = re.compile(
    r"(soundfile|sf)\.(info|read|blocks|SoundFile)\b|librosa\.(load|stream|get_duration|get_samplerate)\b"
    r"|torchaudio\.(load|info)\b|audioread|scipy\.io|wavfile"
)


def test_no_other_reader_is_used_elsewhere() -> None:
    root = Path(musicgenre.__file__).parent
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in root.rglob("*.py")
        if "audio" not in path.relative_to(root).parts
        for match in [_OTHER_READERS.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert not found


def test_length_of_a_song_is_that_of_what_can_be_decoded(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(without_header(vbr_mp3()))  # 12 s
    assert sf.info(path).duration < 6  # a guess from the first bit rate
    assert _is_longer(path, 11.5)
    assert not _is_longer(path, 12.5)


def test_header_without_a_length_does_not_change_it(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(with_number(wav(3), 40, 0))
    assert not _is_longer(path, 4)
    assert _is_longer(path, 2)


def test_an_error_of_the_disk_is_one_that_may_pass() -> None:
    class Share(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 100_000:
                raise OSError(5, "Input/output error")
            return super().read(size)

    source = Source(Share(bytes(200_000)))
    with pytest.raises(AudioError, match=r"^cannot be opened to its end \(.*Input/output error\)") as caught:
        source.read(150_000, 10)
    assert caught.value.passing
