"""One reader for every container: everything is heard, or the reader says what is not."""

import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from made_recordings import (
    APE,
    HEARD,
    ID3V1,
    RATE,
    REFUSED,
    Made,
    encoded,
    mp3,
    tone,
    vbr_mp3,
    vorbis,
    wav,
    without_header,
)

from musicgenre.data.audio import ffmpeg, ogg
from musicgenre.data.audio.decode import AudioError, hear, read_audio
from musicgenre.data.audio.excerpt import read_excerpt
from musicgenre.data.audio.mp3 import runs
from musicgenre.data.audio.mpeg_header import header
from musicgenre.data.audio.source import Source
from musicgenre.data.audio.stream import Stream

CODED = [
    (container, subtype)
    for container in sf.available_formats()
    for subtype in sf.available_subtypes(container)
    if container not in ("RAW", "SD2") and subtype not in ("DWVW_12", "MPEG_LAYER_I", "MPEG_LAYER_II")
    if (container, subtype) != ("WAV", "MPEG_LAYER_III")  # listed, but not written by libsndfile
]
OWN_RATE = {"WVE": 8000, "XI": 44100, "OPUS": 48000}  # Hz, fixed by the container or the coding
COUNTED = ("AIFF", "AU", "AVR", "CAF", "FLAC", "SVX", "MAT4", "MAT5", "MPC2K", "MP3", "OGG", "RF64", "SDS", "VOC")
ALSO_COUNTED = ("W64", "WAV", "NIST", "WAVEX", "WVE")


@pytest.mark.parametrize(("container", "subtype"), CODED)
def test_every_coding_is_heard_whole_under_any_name(tmp_path: Path, container: str, subtype: str) -> None:
    rate = OWN_RATE.get(subtype, OWN_RATE.get(container, RATE))
    content = encoded(tone(1, rate), rate, format=container, subtype=subtype)
    (tmp_path / "a.wrong").write_bytes(content)
    heard = hear(tmp_path / "a.wrong", RATE)
    assert heard.facts.heard == pytest.approx(1, abs=0.06)
    assert len(heard.waveform) == pytest.approx(heard.facts.heard * RATE, abs=2)
    if container not in ("XI", "HTK"):
        assert heard.facts.rate == pytest.approx(rate, rel=0.01)  # a VOC can store 256 rates
        np.testing.assert_array_equal(hear(content, RATE).waveform, heard.waveform)


@pytest.mark.parametrize("container", COUNTED + ALSO_COUNTED)
def test_half_of_a_file_is_not_taken_for_whole(container: str) -> None:
    rate = OWN_RATE.get(container, RATE)
    content = encoded(tone(2, rate), rate, format=container)
    with pytest.raises(AudioError, match=r"truncated|without its end page|breaks off") as caught:
        hear(content[: len(content) // 2], RATE)
    assert caught.value.facts.heard < 1.5


@pytest.mark.parametrize(("seconds", "made"), HEARD.values(), ids=HEARD)
def test_all_that_is_there_is_heard(tmp_path: Path, seconds: float, made: Made) -> None:
    content = made()
    heard = hear(content, RATE)
    exact = content[:4] in (b"RIFF", b".snd", b"fLaC")
    assert heard.facts.heard == pytest.approx(seconds, abs=1e-6 if exact else 0.09)
    assert heard.facts.seconds == pytest.approx(heard.facts.heard, abs=0.1)
    assert len(heard.waveform) / RATE == pytest.approx(heard.facts.heard, abs=0.001)
    (tmp_path / "a.mp3").write_bytes(content)
    with Stream(tmp_path / "a.mp3", RATE, block_seconds=1.0) as stream:
        blocks = np.concatenate(list(stream))
    np.testing.assert_allclose(blocks[: len(heard.waveform)], heard.waveform[: len(blocks)], atol=1e-4)
    assert abs(len(blocks) - len(heard.waveform)) <= 2


@pytest.mark.parametrize(("reason", "made"), REFUSED.values(), ids=REFUSED)
def test_what_is_missing_is_said(tmp_path: Path, reason: str, made: Made) -> None:
    (tmp_path / "a.mp3").write_bytes(made())
    for file in (made(), tmp_path / "a.mp3"):
        with pytest.raises(AudioError, match=reason):
            hear(file, RATE)
        with pytest.raises(AudioError, match=reason), Stream(file, RATE, block_seconds=1.0) as stream:
            list(stream)


def mp3_with_vbri(seconds: float) -> bytes:
    """Make an MP3 that states its length where Fraunhofer's encoder does."""
    content = bytearray(mp3(seconds))
    place = max(content.find(b"Info", 0, 200), content.find(b"Xing", 0, 200))
    frames = content[place + 8 : place + 12]
    content[36:200] = b"VBRI" + bytes(10) + frames + bytes(146)
    content[place : place + 4] = content[place : place + 4].replace(b"Info", bytes(4)).replace(b"Xing", bytes(4))
    return bytes(content)


@pytest.mark.parametrize(("make", "promised", "held"), [(mp3, 5.0, 3.9), (mp3_with_vbri, 5.1, 4.0), (wav, 2.0, 1.0)])
def test_two_that_are_joined_are_told_and_so_is_a_missing_end(
    make: Callable[[float], bytes], promised: float, held: float
) -> None:
    content = make(3) + make(2)
    facts = hear(content, RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(5, abs=0.1)
    assert facts.note == "2 recordings joined end to end"
    with pytest.raises(AudioError, match=f"truncated: header promises {promised} s, file holds {held} s"):
        hear(content[: -len(make(2)) // 2], RATE)


def test_a_header_that_promises_less_is_told() -> None:
    content = mp3(3) + without_header(mp3(2))
    assert hear(content, RATE).facts.note == "header promises 3.0 s, file holds 5.0 s: all of it is used"


@pytest.mark.parametrize("stated", [True, False])
def test_an_mp3_that_is_damaged_in_the_middle_is_heard_and_told(stated: bool) -> None:
    content = bytearray(mp3(8) if stated else without_header(mp3(8)))
    middle = len(content) // 2
    content[middle : middle + 2500] = np.random.default_rng(1).bytes(2500)
    facts = hear(bytes(content), RATE).facts
    assert facts.seconds == pytest.approx(8, abs=0.2)
    assert 6.5 < facts.heard < 7.9
    assert facts.note.startswith(f"damaged: {facts.heard:.1f} of {facts.seconds:.1f} s")


def test_a_damaged_page_of_an_ogg_is_told() -> None:
    content = bytearray(vorbis(20))
    content[len(content) // 2] ^= 255
    facts = hear(bytes(content), RATE).facts
    assert facts.heard < 19.9
    assert facts.seconds == pytest.approx(20, abs=0.01)
    assert facts.note == f"damaged: {facts.heard:.1f} of 20.0 s can be decoded"


class Pipe(io.RawIOBase):
    """A stream from another program, which is not seekable."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return self._rest.readinto(buffer)  # type: ignore[arg-type]


def test_paths_file_objects_and_bytes_are_heard_alike(tmp_path: Path) -> None:
    content = mp3(2)
    (tmp_path / "a.mp3").write_bytes(content)
    expected = read_audio(tmp_path / "a.mp3", RATE)
    file = io.BytesIO(content)
    file.seek(100)  # as left by whoever has just written it
    with (tmp_path / "a.mp3").open("rb") as opened:
        for audio in (str(tmp_path / "a.mp3"), file, opened, Pipe(content), content, bytearray(content)):
            np.testing.assert_array_equal(read_audio(audio, RATE), expected)
    with pytest.raises(AudioError, match=r"a file of text: open it in binary"):
        read_audio(io.StringIO("text"), RATE)  # type: ignore[arg-type]
    with pytest.raises(AudioError, match=r"empty file \(0 bytes\)"):
        read_audio(b"", RATE)


FOREIGN = {
    "MP4/AAC audio": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "AAC (ADTS) audio": b"\xff\xf1\x50\x80\x02\x1f\xfc\xde\x02\0",
    "ASF/WMA audio": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c",
    "Matroska/WebM": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01",
}


@pytest.mark.parametrize(("kind", "head"), FOREIGN.items(), ids=FOREIGN)
def test_what_needs_ffmpeg_is_named_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, head: bytes
) -> None:
    monkeypatch.setattr(ffmpeg, "installed", lambda: False)
    (tmp_path / "a song.mp3").write_bytes(head + bytes(500))
    with pytest.raises(AudioError) as caught:
        read_audio(tmp_path / "a song.mp3", RATE)
    advice = "which needs ffmpeg: install it, or convert the file (ffmpeg -i 'a song.mp3' 'a song.wav')"
    assert str(caught.value) == f"{kind}, {advice}"
    assert caught.value.facts.format == kind
    (tmp_path / "-Don't.mp3").write_bytes(head + bytes(500))
    with pytest.raises(AudioError) as caught:
        read_audio(tmp_path / "-Don't.mp3", RATE)
    command = str(caught.value).partition("convert the file (")[2].removesuffix(")")
    assert shlex.split(command) == ["ffmpeg", "-i", "./-Don't.mp3", "./-Don't.wav"]


def test_flac_in_ogg_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "installed", lambda: False)
    packet = b"\x7fFLAC\1\0\0\1fLaC" + bytes(38)
    head = b"OggS\0\6" + bytes(16) + bytes(4) + bytes([1, len(packet)])
    page = head[:22] + ogg._checksum(head + packet).to_bytes(4, "little") + head[26:] + packet
    with pytest.raises(AudioError, match=r"^Ogg FLAC, which needs ffmpeg: install it, or convert the file"):
        read_audio(page, RATE)


def _fake_ffmpeg(folder: Path, promised: float, seconds: float, others: str = "") -> None:
    """Put a fake ffmpeg in a folder: it promises `promised` seconds and writes a tone of `seconds`."""
    data = folder / "out.wav"
    sf.write(data, tone(seconds, 44100, 2), 44100, subtype="FLOAT")
    content = data.read_bytes()
    place = content.find(b"data")
    data.write_bytes(content[: place + 4] + b"\xff\xff\xff\xff" + content[place + 8 :])
    script = (
        f"#!{sys.executable}\nimport sys, time\n"
        f"content = open({str(data)!r}, 'rb').read()\n"
        "sys.stdout.buffer.write(content[:4096])\nsys.stdout.flush()\n"
        "time.sleep(0.1)\n"  # as when the listening thread is late
        f"sys.stderr.write('  Duration: 00:00:{promised:05.2f}, start: 0\\n')\n"
        f"sys.stderr.write('  Stream #0:0(und): Audio: aac (LC)\\n{others}')\n"
        "sys.stderr.flush()\n"
        "sys.stdout.buffer.write(content[4096:])\n"
    )
    (folder / "ffmpeg").write_text(script)
    (folder / "ffmpeg").chmod(0o755)


def test_what_needs_ffmpeg_is_heard_through_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_ffmpeg(tmp_path, promised=3.0, seconds=3.0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    heard = hear(FOREIGN["MP4/AAC audio"] + bytes(100), RATE)
    assert (heard.facts.format, heard.facts.rate, heard.facts.channels) == ("MP4/AAC audio aac", 44100, 2)
    assert len(heard.waveform) == 3 * RATE
    _fake_ffmpeg(tmp_path, promised=3.0, seconds=3.0, others="Stream #0:1[0x2](eng): Audio: mp3\\n")
    note = hear(FOREIGN["MP4/AAC audio"] + bytes(100), RATE).facts.note
    assert note == "2 audio streams in parallel: only the first is used"
    _fake_ffmpeg(tmp_path, promised=9.0, seconds=3.0)
    with pytest.raises(AudioError, match=r"truncated: header promises 9\.0 s, file holds 3\.0 s"):
        hear(FOREIGN["MP4/AAC audio"] + bytes(100), RATE)


def test_what_ffmpeg_gives_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_ffmpeg(tmp_path, promised=1.0, seconds=1.0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    decoder = ffmpeg.Decoder("a.m4a")
    blocks = [decoder.read(RATE) for _ in range(4)]
    decoder.close()
    assert [len(block) for block in blocks] == [RATE, 44100 - RATE, 0, 0]
    assert all(block.flags.writeable for block in blocks)  # or PyTorch warns


def test_more_than_may_be_held_is_refused_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.data.audio.decode._HELD", 1 << 20)
    monkeypatch.setattr("musicgenre.data.audio.decode._HELD_PER_BYTE", 0)
    monkeypatch.setattr("musicgenre.data.audio.sndfile._WHOLE", RATE)
    with pytest.raises(AudioError, match="too long to hold in memory: more than 1 MB"):
        hear(wav(20), RATE)
    with Stream(wav(20), RATE) as stream:
        assert sum(map(len, stream)) == 20 * RATE


def test_an_excerpt_reads_no_further() -> None:
    excerpt = read_excerpt(wav(30), RATE, seconds=4.0)
    assert (len(excerpt.waveform), excerpt.whole) == (4 * RATE, False)
    assert excerpt.named("song") == "song, first 4 s"
    assert read_excerpt(wav(3), RATE, seconds=4.0).named("song") == "song"


@pytest.mark.parametrize("tag", [b"", ID3V1, APE])
def test_mp3_that_breaks_off_says_so_wherever_its_last_frame_is_not_whole(tag: bytes) -> None:
    content = without_header(mp3(2))
    (whole,) = runs(Source(content))[0].pieces
    starts, place = {whole[1]}, whole[0]
    while place < whole[1] and (head := header(content[place : place + 4])):
        starts.add(place)
        place += head.length
    told = {stop for stop in range(len(content) - 900, len(content)) if runs(Source(content[:stop] + tag))[-1].cut}
    assert told == set(range(len(content) - 900, len(content))) - starts  # a cut between two frames goes unnoticed


@pytest.mark.parametrize("make", [lambda: mp3(10), vbr_mp3])
def test_mp3_without_a_header_that_lacks_its_last_bytes_is_told(make: Callable[[], bytes]) -> None:
    facts = hear(without_header(make())[:-5000], RATE).facts
    assert facts.note == "cut off inside its last frame: what is left of it is used"
    stated = hear(make(), RATE).facts.seconds
    assert stated is not None
    with pytest.raises(AudioError, match=rf"truncated: header promises {stated:.1f} s, file holds \d+\.\d s"):
        hear(make()[:-5000], RATE)
