"""Recordings that were once misread: hangs, false alarms and unreported losses."""

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from made_by_ffmpeg import PICTURE, SOUND, by_ffmpeg, needs_ffmpeg
from made_recordings import APE, ID3V1, RATE, encoded, free_format, mp3, tone, vorbis, wav, without_header

from musicgenre.data.audio import ffmpeg
from musicgenre.data.audio.decode import AudioError, hear
from musicgenre.data.audio.foreign import Ends, ends
from musicgenre.data.audio.mp3 import runs
from musicgenre.data.audio.source import Source
from musicgenre.data.audio.stream import Stream


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


# How ffmpeg makes 3 s of sound whose container states more, or nothing certain.
OTHER_LENGTHS = {
    **{f"guessed, {suffix}": (suffix, SOUND) for suffix in ("aac", "eac3", "mpg")},
    **{f"picture, {suffix}": (suffix, f"{SOUND} {PICTURE}") for suffix in ("mp4", "mkv", "mov", "ts")},
    "picture, webm": ("webm", f"{SOUND} {PICTURE} -c:a libopus -c:v libvpx"),
    **{f"late, {suffix}": (suffix, f"-itsoffset 5 {SOUND}") for suffix in ("m4a", "mka", "wma", "flv", "ts")},
    "late, picture, mkv": ("mkv", f"{PICTURE} -itsoffset 2 {SOUND}"),
}
SEVERAL = f"{SOUND} -f lavfi -i sine=duration=8 -map 0 -map 1"


@needs_ffmpeg
@pytest.mark.parametrize(("suffix", "how"), OTHER_LENGTHS.values(), ids=OTHER_LENGTHS)
def test_a_length_that_is_not_the_sounds_is_not_held_against_it(tmp_path: Path, suffix: str, how: str) -> None:
    (tmp_path / "a.mp3").write_bytes(by_ffmpeg(suffix, how))  # as people rename them
    facts = hear(tmp_path / "a.mp3", RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(3, abs=0.06)
    assert facts.note == ""


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["m4a", "mp4", "mka", "mkv", "webm", "ts"])
def test_of_several_streams_of_sound_the_first_is_heard_and_a_note_says_so(suffix: str) -> None:
    facts = hear(by_ffmpeg(suffix, SEVERAL), RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(3, abs=0.06)
    assert facts.note == "2 audio streams in parallel: only the first is used"


@needs_ffmpeg
@pytest.mark.parametrize("how", [SOUND, f"-itsoffset 5 {SOUND}", f"{SOUND} {PICTURE}"], ids=["", "late", "picture"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_foreign_file_that_is_cut_is_told(suffix: str, how: str) -> None:
    content = by_ffmpeg(suffix, f"{how} -movflags +faststart")
    with pytest.raises(AudioError, match=r"truncated: header promises \d\.\d s, file holds [12]\.\d s"):
        hear(content[: len(content) * 2 // 3], RATE)


def _voc_of_adpcm() -> bytes:
    block = bytes([256 - 125, 1]) + np.random.default_rng(0).bytes(12000)  # 8 kHz, 4 bits
    head = b"Creative Voice File\x1a\x1a\0\x0a\x01\x29\x11"
    return head + b"\1" + len(block).to_bytes(3, "little") + block + b"\0"


def _aiff_of_unknown_coding() -> bytes:
    content = encoded(tone(1), format="AIFF", subtype="ULAW")
    return content.replace(b"ulaw", b"what")


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "coding"),
    [
        *(("caf", "alac"), ("caf", "libopus -ar 48000"), ("au", "adpcm_g722 -ar 16000"), ("wav", "g726 -ar 8000")),
        *(("w64", "wmav2"), ("w64", "pcm_f32le"), ("w64", "pcm_alaw -ar 96000")),
    ],
)
def test_a_known_container_of_an_unknown_coding_is_heard_through_ffmpeg(
    monkeypatch: pytest.MonkeyPatch, suffix: str, coding: str
) -> None:
    content = by_ffmpeg(suffix, f"{SOUND} -c:a {coding}")
    heard = hear(content, RATE)
    assert heard.facts.heard == pytest.approx(3, abs=0.05)
    assert heard.facts.format.endswith(coding.split()[0].removeprefix("lib"))
    assert np.abs(heard.waveform).max() == pytest.approx(0.125, abs=0.03)
    monkeypatch.setattr(ffmpeg, "installed", lambda: False)
    with pytest.raises(AudioError, match=rf"^{suffix.upper()} .*, which needs ffmpeg: install it, or convert the file"):
        hear(content, RATE)


@needs_ffmpeg
def test_a_voc_of_adpcm_is_not_heard_as_noise() -> None:
    facts = hear(_voc_of_adpcm(), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.01)
    assert facts.format == "VOC (codec 0x0001) adpcm_sbpro_4"


def test_what_nothing_can_decode_is_refused_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.wav").write_bytes(_aiff_of_unknown_coding())
    if ffmpeg.installed():
        with pytest.raises(AudioError, match=r"^not readable as audio \(.*\)$"):
            hear(tmp_path / "a.wav", RATE)
    monkeypatch.setattr(ffmpeg, "installed", lambda: False)
    with pytest.raises(AudioError) as caught:
        hear(tmp_path / "a.wav", RATE)
    assert str(caught.value).startswith("AIFF (File contains data in an unimplemented format), which needs ffmpeg: ")
    assert str(caught.value).endswith("convert the file (ffmpeg -i a.wav a.flac)")
    with pytest.raises(AudioError, match=r"^VOC \(codec 0x0001\), which needs ffmpeg: install it"):
        hear(_voc_of_adpcm(), RATE)


def _id3v2(size: int, stated: int, flags: int = 0) -> bytes:
    head = bytes([*b"ID3\4\0", flags, *(stated >> shift & 127 for shift in (21, 14, 7, 0))])
    return head + bytes(size) + (b"3DI" + head[3:] if flags & 0x10 else b"")


FRONTS = {
    "nothing": b"",
    "plain tag": _id3v2(3000, 3000),
    "tag with a footer": _id3v2(3000, 3000, flags=0x10),
    "tag larger than it says": _id3v2(3000, 2000),
    "two tags": _id3v2(300, 300) + _id3v2(500, 500),
    "a radio's answer": b"ICY 200 OK\r\nicy-name:x\r\n\r\n",
}


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_an_mp3_is_heard_by_its_path_as_by_its_bytes(tmp_path: Path, front: bytes) -> None:
    content = front + mp3(3)
    (tmp_path / "a.mp3").write_bytes(content)
    heard = hear(tmp_path / "a.mp3", RATE)
    assert heard.facts == hear(content, RATE).facts
    assert heard.facts.heard == pytest.approx(3, abs=0.01)
    np.testing.assert_array_equal(heard.waveform, hear(mp3(3), RATE).waveform)


LYRICS = b"LYRICSBEGIN" + 150 * b"[00:01]a line of some song\r\n" + b"LYRICSEND"
JUNK = np.random.default_rng(3).bytes(100_000)


@pytest.mark.parametrize("made", [mp3(6), without_header(mp3(6))], ids=["stated", "not stated"])
@pytest.mark.parametrize(
    ("behind", "told"), [(LYRICS, False), (LYRICS + ID3V1, False), (JUNK, True), (JUNK[:8000], True)]
)
def test_what_follows_an_mp3s_last_frame_is_no_lost_time(made: bytes, behind: bytes, told: bool) -> None:
    facts = hear(made + behind, RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(6, abs=0.09)
    assert facts.note == ("data after its last frame is not MPEG audio and is ignored" if told else "")


ZEROS = bytes(40_000)


@pytest.mark.parametrize(
    ("made", "behind", "told"),
    [
        (without_header(mp3(6)), ZEROS[:8000], False),
        (without_header(mp3(6)), ZEROS, True),
        (without_header(mp3(6)), ZEROS + ID3V1, True),
        (mp3(6), ZEROS, False),  # all that its header states is there
    ],
)
def test_many_zeros_may_be_what_a_download_lacks(made: bytes, behind: bytes, told: bool) -> None:
    facts = hear(made + behind, RATE).facts
    assert facts.heard == pytest.approx(6, abs=0.09)
    assert facts.note == ("data after its last frame is not MPEG audio and is ignored" if told else "")


def test_an_mp3_whose_end_is_damaged_is_told() -> None:
    content = mp3(6)
    size = len(content) * 2 // 3
    facts = hear(content[:size] + JUNK[: len(content) - size], RATE).facts
    assert facts.note == f"damaged: {facts.heard:.1f} of 6.0 s can be decoded"
    assert facts.heard == pytest.approx(4, abs=0.1)


def _made(kind: str, seconds: float) -> bytes:
    if kind == "LIST":  # a WAV with a chunk after its samples
        return wav(seconds) + b"LIST\4\0\0\0abcd"
    subtype = "PCM_16" if kind in ("WAV", "AIFF", "AU", "CAF", "W64") else None
    return mp3(seconds) if kind == "MP3" else encoded(tone(seconds), format=kind, subtype=subtype)


KINDS = ("WAV", "LIST", "AIFF", "AU", "CAF", "W64", "MP3", "OGG", "FLAC")
TOLD = [("MP3", "MP3"), *(("FLAC", kind) for kind in ("AIFF", "AU", "CAF", "W64", "MP3"))]
JOINED = [pair for pair in itertools.product(KINDS, KINDS) if pair not in TOLD]
FTYP = b"\0\0\0\x20ftypM4A \0\0\0\0"


@pytest.mark.parametrize(("first", "second"), JOINED, ids="+".join)
def test_recordings_of_two_kinds_that_are_joined_are_both_heard(tmp_path: Path, first: str, second: str) -> None:
    content = _made(first, 2) + _made(second, 1)
    heard = hear(content, RATE)
    assert heard.facts.heard == heard.facts.seconds == pytest.approx(3, abs=0.05)
    assert heard.facts.note == "2 recordings joined end to end"
    assert np.corrcoef(heard.waveform[: 2 * RATE], tone(2))[0, 1] > 0.98
    (tmp_path / "a.mp3").write_bytes(content)
    np.testing.assert_array_equal(hear(tmp_path / "a.mp3", RATE).waveform, heard.waveform)


def test_a_beginning_that_follows_and_no_more_is_told() -> None:
    content = mp3(1)
    facts = hear(_made("WAV", 2) + content[: len(content) - len(without_header(content))], RATE).facts
    assert (facts.heard, facts.note) == (2.0, "another recording follows (MP3) and is ignored")


@pytest.mark.parametrize("seconds", [2, 12])  # in one block, and in two
@pytest.mark.parametrize(
    "behind", [_made("AIFF", 1), _made("MP3", 1), bytes(1000), b"\n"], ids=["AIFF", "MP3", "0", "n"]
)
def test_what_follows_a_flac_and_is_not_found_is_told(seconds: int, behind: bytes) -> None:
    content = _made("FLAC", seconds)
    heard = hear(content + behind, RATE)
    np.testing.assert_array_equal(heard.waveform, hear(content, RATE).waveform)
    assert heard.facts.heard == heard.facts.seconds == seconds
    told = "data beyond the sample count in its header cannot be decoded and is ignored"
    assert heard.facts.note == told


def test_a_flac_that_breaks_off_in_front_of_something_else_is_refused() -> None:
    content = _made("FLAC", 2)
    with pytest.raises(AudioError, match=r"decoding stops after 0\.9 s of 2\.0 s"):
        hear(content[: len(content) // 2] + _made("MP3", 1), RATE)


def test_two_ogg_with_a_wav_between_them_are_heard() -> None:
    facts = hear(vorbis(1) + wav(1) + vorbis(1), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.01)
    assert facts.note == "3 recordings joined end to end"


@pytest.mark.parametrize("kind", ["WAV", "OGG", "MP3", "AIFF"])
def test_what_follows_and_only_ffmpeg_reads_is_told(kind: str) -> None:
    facts = hear(_made(kind, 2) + FTYP + JUNK[:20000], RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(2, abs=0.01)
    assert facts.note == "another recording follows (MP4/AAC audio) and is ignored"


@pytest.mark.parametrize("between", [_id3v2(3000, 3000), ID3V1 + _id3v2(3000, 3000), ID3V1, b""])
@pytest.mark.parametrize("second", ["FLAC", "WAV", "OGG"])
def test_tags_between_a_flac_and_another_recording_are_no_damage(between: bytes, second: str) -> None:
    facts = hear(_made("FLAC", 2) + between + _made(second, 1), RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(3, abs=0.01)
    assert facts.note == "2 recordings joined end to end"


def _pages(content: bytes) -> list[bytes]:
    return [b"OggS" + page for page in content.split(b"OggS")[1:]]


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
@pytest.mark.parametrize(
    ("behind", "told"),
    [
        (bytes(1000) + wav(1), True),
        (b"\r\n" + mp3(1), True),
        (JUNK[:5000] + ID3V1, True),
        (bytes(100000), False),
        (ID3V1, False),
        (b"\n", False),
        (b"", False),
    ],
    ids=["wav", "mp3", "junk", "zeros", "tag", "line", "nothing"],
)
def test_what_follows_an_oggs_last_page_is_told(codec: str, behind: bytes, told: bool) -> None:
    content = encoded(tone(2, 48000), 48000, format="OGG", subtype=codec) + behind
    facts = hear(content, RATE).facts
    assert facts.heard == facts.seconds == pytest.approx(2, abs=0.01)
    assert facts.note == ("data after its last page is not Ogg and is ignored" if told else "")


def test_of_two_ogg_streams_side_by_side_the_first_is_heard() -> None:
    one, other = _pages(vorbis(3)), _pages(encoded(tone(4, 44100, 2), 44100, format="OGG", subtype="VORBIS"))
    both = [page for pair in itertools.zip_longest(one, other, fillvalue=b"") for page in pair]
    heard = hear(b"".join(both), RATE)
    np.testing.assert_array_equal(heard.waveform, hear(vorbis(3), RATE).waveform)
    assert heard.facts.heard == heard.facts.seconds == 3
    assert heard.facts.note == "2 audio streams in parallel: only the first is used"


COUNTING_LESS = [  # container, coding, endianness
    *(("MAT4", kind, end) for kind in ("PCM_16", "DOUBLE") for end in ("LITTLE", "BIG")),
    *(("SDS", kind, "FILE") for kind in ("PCM_S8", "PCM_16", "PCM_24")),
]


@pytest.mark.parametrize(("container", "subtype", "endian"), COUNTING_LESS)
def test_a_count_that_is_too_small_is_told_and_all_is_heard(container: str, subtype: str, endian: str) -> None:
    content = bytearray(encoded(tone(3), format=container, subtype=subtype, endian=endian))
    whole = hear(bytes(content), RATE)
    if container == "SDS":
        content[10:13] = bytes(RATE >> shift & 127 for shift in (0, 7, 14))
    else:  # after a matrix of 20 + 11 + 8 bytes
        content[47:51] = RATE.to_bytes(4, "little" if endian == "LITTLE" else "big")
    heard = hear(bytes(content), RATE)
    assert (whole.facts.note, len(whole.waveform)) == ("", 3 * RATE)
    assert heard.facts.note == "header promises 1.0 s, file holds 3.0 s: all of it is used"
    np.testing.assert_array_equal(heard.waveform[: 3 * RATE - 60], whole.waveform[:-60])  # the last packet is not full


@pytest.mark.parametrize("second", [mp3(2), _id3v2(300, 300) + mp3(2), mp3(2, 22050), mp3(2, channels=2)])
@pytest.mark.parametrize("cut", range(7, 1000, 83))
def test_an_mp3_that_was_cut_before_another_was_joined_to_it_is_refused(cut: int, second: bytes) -> None:
    """Its last frame takes bytes from the frame after it, at most those of the Xing header there."""
    first = mp3(3)
    with pytest.raises(AudioError, match=r"truncated: header promises \d\.\d s, file holds \d\.\d s"):
        hear(first[: len(first) * 2 // 3 + cut] + second, RATE)


@pytest.mark.parametrize("second", [mp3(2, channels=2), mp3(2, 22050)])
def test_an_mp3_of_two_kinds_whose_first_header_counts_both_is_whole(second: bytes) -> None:
    """As written by a tool that joins files without re-encoding them."""
    first, more = bytearray(mp3(3)), without_header(second)
    place = max(first.find(b"Xing", 0, 100), first.find(b"Info", 0, 100)) + 8
    frames = int.from_bytes(first[place : place + 4], "big")
    first[place : place + 4] = (frames * 5 // 3 + 1).to_bytes(4, "big")
    facts = hear(bytes(first) + more, RATE).facts
    assert facts.heard == pytest.approx(5, abs=0.1)
    assert "2 recordings joined" in facts.note


def test_an_aiff_that_sox_piped_out_is_whole() -> None:
    content, most = bytearray(encoded(tone(2, channels=3), format="AIFF", subtype="PCM_16")), 0x7F000000 // 6
    for chunk, size in ((b"FORM", most * 6 + 0x50), (b"SSND", most * 6 + 8)):
        place = content.find(chunk) + 4
        content[place : place + 4] = size.to_bytes(4, "big")
    place = content.find(b"COMM") + 10
    content[place : place + 4] = most.to_bytes(4, "big")
    facts = hear(bytes(content), RATE).facts
    assert (facts.heard, facts.seconds, facts.channels, facts.note) == (2, 2, 3, "")
    facts = hear(bytes(content) + wav(1), RATE).facts
    assert (facts.heard, facts.note) == (3, "2 recordings joined end to end")


def test_a_w64_that_ffmpeg_piped_out_is_whole() -> None:
    content = bytearray(encoded(tone(2), format="W64", subtype="PCM_16"))
    place = content.find(b"data\xf3\xac\xd3\x11") + 16
    content[16:24] = content[place : place + 8] = (2**63 - 1).to_bytes(8, "little")
    facts = hear(bytes(content), RATE).facts
    assert facts.heard == facts.seconds == 2
    assert facts.note == ""


@pytest.mark.parametrize("second", ["WAV", "AIFF", "AU", "FLAC", "OGG"])
@pytest.mark.parametrize("first", ["WAV", "AIFF", "AU", "CAF", "W64"])
def test_samples_that_were_cut_before_another_recording_was_joined_are_refused(first: str, second: str) -> None:
    """Together they are longer than the first's header promises: the second's bytes would be heard as noise."""
    content = encoded(tone(2), format=first, subtype="PCM_16")
    behind = encoded(tone(2 if second != "OGG" else 8), format=second)
    with pytest.raises(AudioError, match=r"^truncated: header promises 2\.0 s, file holds 1\.[23] s$"):
        hear(content[: len(content) * 2 // 3] + behind, RATE)


def _annotated(au: bytes) -> bytes:
    """Lengthen the header of an AU by 100 bytes."""
    return au[:4] + (24 + 100).to_bytes(4, "big") + au[8:24] + bytes(100) + au[int.from_bytes(au[4:8], "big") :]


ANNOTATED = _annotated(encoded(tone(2), format="AU", subtype="PCM_16"))


@pytest.mark.parametrize("first", [ANNOTATED, encoded(tone(2), format="WAV", subtype="PCM_16")])
@pytest.mark.parametrize(
    "second",
    [
        ANNOTATED,
        _annotated(encoded(tone(2), format="AU", subtype="PCM_16", endian="LITTLE")),
        _id3v2(300, 300) + mp3(6),  # longer than the missing part
        _id3v2(300, 300) + encoded(tone(2), format="FLAC"),
        encoded(tone(2), format="VOC", subtype="PCM_16"),
        encoded(tone(2), format="NIST", subtype="PCM_16"),
    ],
)
def test_samples_are_cut_where_a_long_header_or_a_tag_begins(first: bytes, second: bytes) -> None:
    with pytest.raises(AudioError, match=r"^truncated: header promises 2\.0 s, file holds 1\.[23] s$"):
        hear(first[: len(first) * 2 // 3] + second, RATE)


def test_a_tag_that_nothing_follows_begins_no_recording() -> None:
    """It lies in the samples of a WAV of unknown length, as programs pipe it out."""
    content = bytearray(encoded(tone(2), format="WAV", subtype="PCM_16"))
    content[40:44] = b"\xff" * 4
    place = len(content) // 2
    content[place : place + 10] = b"ID3\4\0\0\0\0\0\1"
    assert hear(bytes(content), RATE).facts.heard == pytest.approx(2, abs=0.01)


def test_a_wav_that_counts_too_little_and_a_flac_that_follows_are_heard() -> None:
    content = bytearray(encoded(tone(2), format="WAV", subtype="PCM_16"))
    content[40:44] = (RATE).to_bytes(4, "little")
    heard = hear(bytes(content) + encoded(tone(1), format="FLAC"), RATE)
    assert heard.facts.heard == pytest.approx(3, abs=0.01)
    assert heard.facts.note.endswith("2 recordings joined end to end")


@pytest.mark.parametrize("size", [2**32 - 1, RATE])
@pytest.mark.parametrize("container", ["WAV", "AU"])
def test_a_tag_behind_samples_of_a_wrong_size_is_no_sound(container: str, size: int) -> None:
    content = bytearray(encoded(tone(2), format=container, subtype="PCM_16"))
    place = 40 if container == "WAV" else 8
    content[place : place + 4] = size.to_bytes(4, "little" if container == "WAV" else "big")
    assert hear(bytes(content) + APE + ID3V1, RATE).facts.heard == 2
    assert hear(bytes(content) + ID3V1 + wav(1), RATE).facts.heard == 3


@pytest.mark.parametrize(
    "behind",
    [ID3V1, APE, APE + ID3V1, _id3v2(300, 300), LYRICS, bytes(100)],
    ids=["id3v1", "ape", "both", "id3v2", "lyrics", "zeros"],
)
@pytest.mark.parametrize(("container", "subtype"), [("SVX", "PCM_S8"), ("SVX", "PCM_16"), ("AU", "PCM_16")])
def test_what_lies_behind_samples_of_a_known_size_is_no_sound(container: str, subtype: str, behind: bytes) -> None:
    content = encoded(tone(1), format=container, subtype=subtype)
    heard = hear(content + behind, RATE)
    np.testing.assert_array_equal(heard.waveform, hear(content, RATE).waveform)
    assert heard.facts.note == ""


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24"])
def test_a_byte_that_pads_a_wav_and_a_tag_behind_it_are_no_sound(subtype: str) -> None:
    content = encoded(tone(1)[:-1], format="WAV", subtype=subtype)
    assert content.endswith(b"\0")
    heard = hear(content[:-1] + b"\x80" + _id3v2(300, 300), RATE)
    np.testing.assert_array_equal(heard.waveform, hear(content, RATE).waveform)


@pytest.mark.parametrize("behind", [b"", ID3V1, _id3v2(300, 300)], ids=["", "tag", "id3v2"])
@pytest.mark.parametrize("fewer", [1, 2, 7])
@pytest.mark.parametrize("subtype", ["MS_ADPCM", "PCM_16"])
def test_samples_where_a_w64_would_be_padded_are_heard(subtype: str, fewer: int, behind: bytes) -> None:
    content = bytearray(encoded(tone(1.5, 4000), 4000, format="W64", subtype=subtype))
    place = content.find(b"data\xf3\xac\xd3\x11") + 16
    size = int.from_bytes(content[place : place + 4], "little")
    whole = hear(bytes(content), RATE)
    content[place : place + 4] = (size - fewer).to_bytes(4, "little")
    heard = hear(bytes(content) + behind, RATE)
    np.testing.assert_array_equal(heard.waveform, whole.waveform)
    assert heard.facts.note == ""


LEVL = b"levl\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a" + struct.pack("<Q", 4024) + JUNK[:4000]
LIST = b"LIST" + struct.pack("<I", 4000) + JUNK[:4000]


@pytest.mark.parametrize("front", [b"", _id3v2(301, 301)], ids=["", "tag of odd length"])
@pytest.mark.parametrize(
    ("container", "behind"),
    [("W64", LEVL), ("W64", ID3V1), ("WAV", LIST), ("WAV", ID3V1)],
    ids=["W64", "W64, tag", "WAV", "WAV, tag"],
)
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "FLOAT"])
def test_chunks_behind_the_samples_are_no_sound(container: str, behind: bytes, subtype: str, front: bytes) -> None:
    content = encoded(tone(1)[:-1], format=container, subtype=subtype)
    padding = b"" if behind == ID3V1 else bytes(-len(content) % (8 if container == "W64" else 2))
    heard = hear(front + content + padding + behind, RATE)
    np.testing.assert_array_equal(heard.waveform, hear(content, RATE).waveform)
    assert (len(heard.waveform), heard.facts.note) == (RATE - 1, "")
    assert len(hear(content + padding + behind + wav(1), RATE).waveform) == 2 * RATE - 1


def _mp3_in_a_wav(seconds: float) -> bytes:
    frames = without_header(mp3(seconds))
    coding = struct.pack("<HHIIHHHHIHHH", 0x55, 1, 44100, 16000, 1, 0, 12, 1, 2, 417, 1, 1393)
    chunks = b"fmt " + struct.pack("<I", len(coding)) + coding + b"data" + struct.pack("<I", len(frames)) + frames
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_a_wav_that_holds_mp3_is_cut_if_its_chunk_of_samples_is() -> None:
    content = _mp3_in_a_wav(6)
    facts = hear(content, RATE).facts
    assert (facts.format, facts.note) == ("MP3", "")
    assert facts.heard == pytest.approx(6, abs=0.1)
    for behind in (wav(2), LIST + wav(2)):
        facts = hear(content + bytes(len(content) % 2) + behind, RATE).facts
        assert (round(facts.heard), facts.note) == (8, "2 recordings joined end to end")
    with pytest.raises(AudioError, match=r"^truncated: header promises [56]\.\d s, file holds 2\.\d s$"):
        hear(content[: len(content) * 2 // 5], RATE)


@pytest.mark.parametrize("between", [b"", b"LIST\4\0\0\0abcd"])
def test_a_wav_of_two_chunks_of_samples_is_refused_with_a_reason(between: bytes) -> None:
    content = wav(2)
    with pytest.raises(AudioError, match=r"^holds its samples in several chunks: export it again as one$"):
        hear(content + between + content[content.find(b"data") :], RATE)
    assert hear(content + between + b"data" + bytes(4), RATE).facts.note == ""


def test_samples_that_only_damage_makes_are_limited_and_told() -> None:
    loud = tone(3)
    loud[RATE : RATE + 500] *= 100
    heard = hear(encoded(loud, format="OGG"), RATE)
    assert heard.facts.note == "damaged: samples far beyond full scale are limited to it"
    assert np.abs(heard.waveform).max() <= 4
    with Stream(encoded(loud, format="OGG"), RATE, block_seconds=1.0) as blocks:
        np.testing.assert_array_equal(np.concatenate(list(blocks)), heard.waveform)
    unscaled = hear(encoded(loud, format="WAV", subtype="FLOAT"), RATE)
    assert (np.abs(unscaled.waveform).max(), unscaled.facts.note) == (np.abs(loud).max(), "")


def test_a_dsdiff_states_where_its_samples_end() -> None:
    chunk = b"FVER" + struct.pack(">Q", 4) + bytes(4) + b"DSD " + struct.pack(">Q", 1000) + bytes(1000)
    content = b"FRM8" + struct.pack(">Q", 4 + len(chunk)) + b"DSD " + chunk
    found = ends(Source(content[:500]), "DSD audio", 0)
    assert found == Ends(len(content), (len(content) - 1000, len(content)))
    assert found.whole(Source(content))
    assert not found.whole(Source(content[:500]))


def _svx(channels: int, title: bytes) -> bytes:
    """Make an 8SVX of 2 s, which stores one channel after the other, with a title of even length."""
    head = struct.pack(">4sIIIIHBBI", b"VHDR", 20, 2 * RATE, 0, 0, RATE, 1, 0, 1 << 16)
    name = struct.pack(">4sI", b"NAME", len(title)) + title
    chan = struct.pack(">4sII", b"CHAN", 4, {1: 2, 2: 6, 4: 15}[channels])
    samples = np.round(tone(2) * 100).astype(np.int8).tobytes() * channels
    chunks = head + name + chan + struct.pack(">4sI", b"BODY", len(samples)) + samples
    return struct.pack(">4sI4s", b"FORM", 4 + len(chunks), b"8SVX") + chunks


@pytest.mark.parametrize("title", [b"CHANT NOEL", b"BODYROCK"])
def test_channels_that_lie_one_behind_the_other_are_not_mixed_up(title: bytes) -> None:
    assert hear(_svx(1, title), RATE).facts.heard == 2
    for content in (_svx(2, title), _svx(2, title) + bytes(100), _svx(4, title)):
        with pytest.raises(AudioError, match=r"^8SVX of several channels, one behind the other: convert it with SoX$"):
            hear(content, RATE)


def _mp1(frames: int) -> bytes:
    """Make frames of layer I at 320 kbit/s, of 384 samples and 348 bytes, with sound in a few bands."""
    random = np.random.default_rng(0)
    return b"".join(b"\xff\xff\xa0\xc0\1" + bytes(15) + b"\x14" + random.bytes(3) + bytes(324) for _ in range(frames))


@pytest.mark.parametrize("kind", ["<i2", ">i2", "i1"])
@pytest.mark.parametrize("loudest", [1, 3, 20, 100])
def test_soft_noise_of_raw_samples_is_no_mpeg_audio(kind: str, loudest: int) -> None:
    """A sample of -1 looks like the beginning of a frame of layer I, and -3 and -5 as those of the others."""
    noise = np.random.default_rng(0).integers(-loudest, loudest + 1, 200_000)
    for raw in (noise, noise * np.linspace(0, 1, len(noise))):
        assert runs(Source(np.round(raw).astype(kind).tobytes())) == []


FREE = free_format()
FREE_LENGTH = FREE.find(FREE[:2], 4)


@pytest.mark.parametrize("front", [b"", JUNK[:60_000], bytes(30_000), _id3v2(300, 300)])
@pytest.mark.parametrize("behind", [b"", JUNK, ID3V1, mp3(2)], ids=["nothing", "junk", "tag", "mp3"])
def test_rare_mpeg_audio_is_found_among_anything_else(front: bytes, behind: bytes) -> None:
    for made, seconds in ((_mp1(20), 20 * 384 / 44100), (FREE[: 20 * FREE_LENGTH], 0.48)):
        found = runs(Source(front + made + behind))
        assert found[0].seconds == pytest.approx(seconds)
        assert len(found) == 1 + (behind == mp3(2))


def test_frames_of_a_free_bit_rate_in_front_of_damage_are_heard() -> None:
    damaged = FREE[: 4 * FREE_LENGTH] + JUNK[: 3 * FREE_LENGTH] + FREE[7 * FREE_LENGTH :]
    assert runs(Source(damaged))[0].frames == len(FREE) // FREE_LENGTH - 3


def test_frames_of_a_free_bit_rate_may_be_padded() -> None:
    pads = [int(number % 3 == 1) for number in range(20)]
    frames = (b"\xff\xfb" + bytes([2 * pad]) + b"\xc0" + bytes(413 + pad) for pad in pads)
    assert runs(Source(b"".join(frames)))[0].frames == 20


def test_frames_of_different_free_bit_rates_are_different_recordings() -> None:
    """A decoder would read all of them with the length of the first."""
    n_frames = len(FREE) // FREE_LENGTH
    longer = b"".join(FREE[at : at + FREE_LENGTH] + bytes(40) for at in range(0, len(FREE), FREE_LENGTH))
    for first, second in ((FREE, longer), (longer, FREE)):
        for between in (b"", ID3V1, JUNK[:5000]):
            assert [run.frames for run in runs(Source(first + between + second))] == [n_frames, n_frames]
    assert [run.frames for run in runs(Source(FREE + APE + FREE))] == [2 * n_frames]
