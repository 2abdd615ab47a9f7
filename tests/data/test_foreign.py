"""What only ffmpeg reads: cut, damaged and joined files are told as those that libsndfile reads."""

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from made_by_ffmpeg import PICTURE, SOUND, by_ffmpeg, needs_ffmpeg, piped
from made_recordings import APE, ID3V1, RATE, encoded, id3v2, mp3, tone, wav, with_number, without_header

from musicgenre.data.audio.decode import AudioError, hear
from musicgenre.data.audio.facts import Facts
from musicgenre.data.audio.foreign import _ASF_DATA, ends
from musicgenre.data.audio.mpeg_tags import between_tags
from musicgenre.data.audio.reader import AudioFile
from musicgenre.data.audio.source import Source

pytestmark = needs_ffmpeg


@cache
def _dsf() -> bytes:
    """Make 3 s of a tone of one bit 2,822,400 times a second."""
    count = 3 * 2822400 // 32768 * 32768
    tone = 0.3 * np.sin(np.arange(count) * (2 * np.pi * 440 / 2822400))
    bits = np.random.default_rng(0).uniform(-1, 1, count) < tone
    data = np.packbits(bits, bitorder="little").tobytes()
    head = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 1, 1, 2822400, 1, count, 4096, 0)
    size = 28 + len(head) + 12 + len(data)
    return struct.pack("<4sQQQ", b"DSD ", 28, size, 0) + head + struct.pack("<4sQ", b"data", 12 + len(data)) + data


def _made(kind: str) -> bytes:
    """Make 3 s of a format, called by its suffix and perhaps a codec."""
    if kind == "dsf":
        return _dsf()
    suffix, _, codec = kind.partition(" ")
    picture = f"{PICTURE} -t 3" if suffix == "wmv" or "picture" in codec else ""
    how = {"dts": "-c:a dca -strict -2", "wma": "-c:a wmav2", "mka": "-c:a libvorbis", "avi": "-c:a libmp3lame"}
    coding = "-c:a ac3" if picture and suffix == "avi" else how.get(suffix, "")
    return by_ffmpeg(suffix, f"{SOUND} {picture} {coding}")


@pytest.mark.parametrize(
    ("kind", "share"), [("wma", 0.4), ("wmv", 0.7), ("avi", 0.4), ("avi", 0.7), ("avi picture", 0.4), ("dsf", 0.7)]
)
def test_what_is_cut_is_refused_by_its_containers_sizes(kind: str, share: float) -> None:
    content = _made(kind)
    assert hear(content, RATE).facts.note == ""
    with pytest.raises(AudioError, match=r"^truncated: header promises [23]\.\d s, file holds [0-2]\.\d s$"):
        hear(content[: round(len(content) * share)], RATE)


@pytest.mark.parametrize("kind", ["m4a", "aac", "ac3", "eac3", "dts", "ts", "avi", "avi picture", "flv", "wma", "tta"])
def test_a_damaged_middle_is_told_and_the_rest_is_heard_with_a_tag_behind_it(kind: str) -> None:
    content = _made(kind)
    first, last = len(content) * 2 // 5, len(content) * 3 // 5
    damaged = content[:first] + np.random.default_rng(1).bytes(last - first) + content[last:]
    heard = hear(damaged + APE, RATE)
    assert "damaged: " in heard.facts.note
    assert 1.5 < heard.facts.heard < 2.9
    assert np.abs(heard.waveform).max() < 4.5


@pytest.mark.parametrize("kind", ["m4a", "aac", "ac3", "eac3", "flv"])
def test_damage_that_ffmpeg_passes_over_is_told(kind: str) -> None:
    content = bytearray(_made(kind))
    places = np.random.default_rng(2).integers(len(content) // 3, len(content) * 2 // 3, 20)
    for place in places:
        content[place] ^= 0xFF
    facts = hear(bytes(content), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.4)
    assert facts.note.startswith("damaged: ")


def test_damage_that_only_a_checksum_shows_is_told() -> None:
    content = bytearray(_made("tta"))
    content[between_tags(Source(bytes(content)))[1] - 1] ^= 1  # in the last frame's own
    facts = hear(bytes(content), RATE).facts
    assert facts.heard == pytest.approx(3)
    assert facts.note == "damaged: ffmpeg reports 'CRC error'"


JOINED = [
    *(
        ("m4a", "m4a", "MP4/AAC audio"),
        ("wma", "wma", "ASF/WMA audio"),
        ("wv", "wv", "WavPack"),
        ("tta", "tta", "True Audio"),
    ),
    *(("dsf", "dsf", "DSD audio"), ("m4a", "wav", "WAV"), ("wma", "mp3", "MP3"), ("avi", "mp3", "MP3")),
    *(("ac3", "tagged mp3", "MP3"), ("aac", "wav", "WAV"), ("ts", "m4a", "MP4/AAC audio"), ("mka", "wav", "WAV")),
]


@pytest.mark.parametrize(("first", "second", "kind"), JOINED)
def test_another_recording_that_follows_is_told(first: str, second: str, kind: str) -> None:
    others = {"wav": wav(2), "mp3": without_header(mp3(2)), "tagged mp3": id3v2(300) + mp3(2)}
    behind = others[second] if second in others else _made(second)
    facts = hear(_made(first) + behind, RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.1)
    assert facts.note == f"another recording follows ({kind}) and is ignored"


@pytest.mark.parametrize("kind", ["avi", "mka", "aac", "ac3"])
def test_one_of_a_kind_that_ffmpeg_reads_on_in_is_heard(kind: str) -> None:
    facts = hear(_made(kind) * 2, RATE).facts
    assert facts.heard == pytest.approx(6, abs=0.1)
    assert facts.note in ("", f"header promises 3.0 s, file holds {facts.heard:.1f} s: all of it is used")


TEXT = b"\1eng\0\0" + "\ufeffa".encode("utf-16-le")  # whose description has no mark of its order of bytes
FAULTY = {b"TIT2": b"\1", b"TALB": b"\1a\0\0\0", b"COMM": TEXT, b"USLT": TEXT, b"APIC": b"\1image/png\0\3\0\0\x89PNG"}


def _faulty_tag() -> bytes:
    frames = b"".join(name + struct.pack(">IH", len(text), 0) + text for name, text in FAULTY.items())
    return b"ID3\3" + bytes(5) + bytes([len(frames)]) + frames


LYRICS = [b"LYRICSBEGINLYR00009some song000029LYRICS200", b"LYRICSBEGINsome songLYRICSEND"]


@pytest.mark.parametrize(
    "behind", [b"", ID3V1, APE, APE * 2, APE + ID3V1, ID3V1 + APE, *LYRICS, APE + LYRICS[0] + ID3V1]
)
@pytest.mark.parametrize("front", [b"", _faulty_tag(), id3v2(300) + _faulty_tag()])
def test_tags_at_both_ends_are_left_out(front: bytes, behind: bytes) -> None:
    sound = bytes(range(256)) * 9
    assert between_tags(Source(front + sound + behind)) == (len(front), len(front + sound))


@pytest.mark.parametrize("size", [0, 32, 10**6, 2**32 - 1])
def test_a_tag_with_a_wrong_size_leaves_something_to_hear(size: int) -> None:
    content = bytes(range(256)) * 9 + APE[:-20] + size.to_bytes(4, "little") + APE[-16:]
    start, stop = between_tags(Source(content))
    assert start == 0
    assert stop >= 256 * 9


@pytest.mark.parametrize(("kind", "seconds"), [("ac3", 3.03), ("wv", 3), ("m4a", 3.01)])
def test_faulty_tags_are_no_damage_of_the_sound(tmp_path: Path, kind: str, seconds: float) -> None:
    content, path = _made(kind), tmp_path / "a,, :b: c"
    path.write_bytes(_faulty_tag() + content + APE * 2 + LYRICS[0] + ID3V1)
    facts = hear(path, RATE).facts
    assert facts.heard == pytest.approx(seconds, abs=0.02)
    assert facts.note == ""


def test_a_faulty_tag_inside_a_container_is_no_damage_of_the_sound() -> None:
    content = _dsf()
    facts = hear(content[:20] + len(content).to_bytes(8, "little") + content[28:] + _faulty_tag(), RATE).facts
    assert facts.note == ""


def test_a_comment_of_a_partial_file_cuts_nothing() -> None:
    content = by_ffmpeg("m4a", f"{SOUND} -metadata comment=partial_file")
    assert hear(content.replace(b"partial_file", b"partial file"), RATE).facts.note == ""


PIPED_AVI = f"{SOUND} -c:a libmp3lame -f avi"


@pytest.mark.parametrize("how", [f"{SOUND} -c:a ac3 -f wav", f"{SOUND} -c:a wmav2 -f wav", PIPED_AVI])
def test_what_ffmpeg_piped_out_is_not_cut(how: str) -> None:
    facts = hear(piped(how), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.1)
    assert facts.note == ""


def _wav_of_adpcm() -> bytes:
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 0x20, 1, 8000, 4000, 256, 4) + b"data" + struct.pack("<I", 12000)
    return b"RIFF" + struct.pack("<I", len(head) + 12000) + head + np.random.default_rng(0).bytes(12000)


@pytest.mark.parametrize("content", [_wav_of_adpcm, lambda: piped(PIPED_AVI)], ids=["wav", "piped avi"])
def test_what_is_cut_a_little_is_told(content: Callable[[], bytes]) -> None:
    facts = hear(content()[:-301], RATE).facts
    assert facts.heard == pytest.approx(2.95, abs=0.1)
    assert facts.note == "cut off inside its last frame: what is left of it is used"


def test_two_live_streams_joined_are_not_damaged() -> None:
    facts = hear(by_ffmpeg("webm", f"{SOUND} -c:a libopus -live 1") * 2, RATE).facts
    assert facts.heard == pytest.approx(6, abs=0.1)
    assert facts.note == ""


FRAGMENTS = f"{SOUND} -c:a aac -movflags +frag_keyframe+empty_moov -frag_duration 500000 -f mp4"


BROADCAST = f"{SOUND} -c:a wmav2 -f asf"


@pytest.mark.parametrize("how", [FRAGMENTS, PIPED_AVI, BROADCAST])
def test_what_ffmpeg_read_on_in_is_not_told_as_ignored(how: str) -> None:
    facts = hear(piped(how) * 2, RATE).facts
    assert facts.heard > 5.5
    assert "another" not in facts.note


def test_one_of_another_format_that_ffmpeg_read_on_in_is_told() -> None:
    asf = piped(BROADCAST) * 2 + piped(BROADCAST.replace("wmav2", "wmav1"))
    told = "another recording follows ({}) in another format and may be misread"
    assert hear(asf, RATE).facts.note == told.format("ASF/WMA audio")
    assert hear(piped(PIPED_AVI) + _made("avi picture"), RATE).facts.note == told.format("AVI")


def test_an_avi_ends_where_one_of_another_format_begins() -> None:
    first, other = _made("avi"), _made("avi picture")
    for behind, stop in ((first, 2 * len(first)), (other, len(first))):
        found = ends(Source(first + behind), "AVI", 0)
        assert found is not None
        assert found.stop == stop


class _Counted(Source):
    reads = 0

    def read(self, place: int, size: int) -> bytes:
        self.reads += 1
        return super().read(place, size)


@pytest.mark.parametrize(
    ("head", "kind"), [(b"RIFF\0\0\0\1AVI ", "AVI"), (b"DSD " + struct.pack("<QQQ", 28, 1 << 24, 0), "DSD audio")]
)
def test_zeros_are_not_walked_through(head: bytes, kind: str) -> None:
    source = _Counted(head + bytes(1 << 24))
    assert ends(source, kind, 0) is None
    assert source.reads < 20


def test_another_recording_behind_a_caf_that_only_ffmpeg_reads_is_told() -> None:
    facts = hear(by_ffmpeg("caf", f"{SOUND} -c:a alac") + wav(2), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.1)
    assert facts.note == "another recording follows and is ignored"


@pytest.mark.parametrize("size", [b"\xff" * 8, b"\0\0\0\0\0\0\1\0"])
@pytest.mark.parametrize("place", [16, -1])
def test_a_wrong_size_that_leads_far_beyond_the_end_is_no_error_of_the_disk(
    tmp_path: Path, place: int, size: bytes
) -> None:
    content, path = bytearray(_made("wma")), tmp_path / "b.wma"
    place = place if place > 0 else content.find(_ASF_DATA) + 16
    content[place : place + 8] = size
    path.write_bytes(content)
    assert hear(path, RATE).facts.heard == pytest.approx(3, abs=0.1)


def test_a_wrong_size_of_a_segment_is_no_error_of_the_disk(tmp_path: Path) -> None:
    content = _made("mka")
    place, path = content.find(b"\x18\x53\x80\x67") + 4, tmp_path / "b.mka"
    path.write_bytes(content[:place] + b"\x01" + b"\x7f" * 7 + content[place + 8 :])
    facts = hear(path, RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.1)
    assert facts.note.startswith("damaged: ")


@pytest.mark.parametrize("kind", ["avi", "avi picture"])
@pytest.mark.parametrize("times", [2.5, 1.1])
def test_a_wrong_length_in_a_whole_avi_is_no_damage(kind: str, times: float) -> None:
    content = bytearray(_made(kind))
    place = content.find(b"auds") + 32
    length = int.from_bytes(content[place : place + 4], "little")
    content[place : place + 4] = round(times * length).to_bytes(4, "little")
    facts = hear(bytes(content), RATE).facts
    assert facts.heard == pytest.approx(3, abs=0.1)
    assert facts.note == ""


@pytest.mark.parametrize("coding", ["pcm_alaw", "pcm_u8", "pcm_s16le"])
def test_a_voc_of_several_blocks_is_heard_without_their_heads(coding: str) -> None:
    content = by_ffmpeg("voc", f"{SOUND} -ar 8000 -c:a {coding}")
    for behind, told in ((b"", ""), (wav(2), "another recording follows (WAV) and is ignored")):
        heard = hear(content + behind, 8000)
        assert len(heard.waveform) == 24000
        assert (heard.facts.note, heard.facts.format) == (told, f"VOC (several blocks) {coding}")
    with pytest.raises(AudioError, match=r"^truncated: the VOC breaks off after 2.\d s, without its end block$"):
        hear(content[: len(content) * 4 // 5], 8000)


VOC_HEAD = b"Creative Voice File\x1a\x1a\0\x0a\x01\x29\x11"
VOC_BLOCK = b"\1\x42\x1f\0" + bytes([131, 0]) + bytes(8000)  # 1 s


def test_a_voc_without_an_end_block_is_whole_if_its_last_block_is() -> None:
    content = VOC_HEAD + 3 * VOC_BLOCK
    facts = _heard(content)
    assert (round(facts.heard, 2), facts.note) == (3, "")
    with pytest.raises(AudioError, match=r"^truncated: the VOC breaks off after 2\.\d s, without its end block$"):
        _heard(content[:-4000])


ONE_BYTE = b"\1\x42\x1f\0" + bytes([131, 0]) + b"\x90" * 8000  # 1 s
TWO_BYTES = b"\t\x8c\x3e\0" + struct.pack("<IBBHI", 8000, 16, 1, 4, 0) + b"\x90" * 16000
VOC_ENDS = {
    "nothing": b"",
    "zeros": bytes(100),
    "tag": ID3V1,
    "end and tag": b"\0" + ID3V1,
    "text": b"\5\4\0\0abc\0\0",
    "marker and zeros": b"\4\2\0\0\1\0" + bytes(100),
    "repeat and zeros": b"\6\2\0\0\1\0" + bytes(100),
    "recording": wav(1),
    "end and recording": b"\0" + wav(1),
}


@pytest.mark.parametrize("behind", VOC_ENDS)
@pytest.mark.parametrize("blocks", [ONE_BYTE, TWO_BYTES, ONE_BYTE * 2], ids=["8 bits", "16 bits", "several"])
def test_a_voc_is_heard_up_to_its_end_whatever_lies_behind(blocks: bytes, behind: str) -> None:
    facts, several = _heard(VOC_HEAD + blocks + VOC_ENDS[behind]), blocks == 2 * ONE_BYTE
    joined = "recording" in behind and not several
    assert facts.heard == 1 + (several or joined)
    if "recording" in behind:
        follows = "another recording follows (WAV) and is ignored"
        assert facts.note == ("2 recordings joined end to end" if joined else follows)
    else:
        assert facts.note == ""


def test_what_lies_behind_a_voc_and_may_be_sound_is_told() -> None:
    behind = np.random.default_rng(0).bytes(44100)
    facts = _heard(encoded(tone(2), format="VOC", subtype="PCM_16") + behind)
    assert facts.heard == pytest.approx(3, abs=0.01)
    assert facts.note == "header promises 2.0 s, file holds 3.0 s: all of it is used"


@pytest.mark.parametrize("n_samples", [(1 << 24) - 5, (1 << 24) + 4_000_000])  # with a block's 12 bytes, over 16 MB
@pytest.mark.parametrize("cut", [0, 1_000_000])
def test_the_size_of_a_voc_of_16_mb_that_starts_again_promises_nothing(n_samples: int, cut: int) -> None:
    size = ((n_samples + 12) % (1 << 24)).to_bytes(3, "little")
    head = VOC_HEAD + b"\t" + size + struct.pack("<IBBHI", 44100, 8, 1, 0, 0)
    facts = _heard(head + b"\x90\x70" * ((n_samples - cut) // 2) + b"\x90" * (n_samples % 2))
    assert facts.heard == pytest.approx((n_samples - cut) / 44100, abs=0.01)
    assert facts.note == ""


OTHER_RATE, REPEAT, SILENCE = b"\1\x42\x1f\0" + bytes([194, 0]) + bytes(8000), b"\7\0\0\0", b"\3\3\0\0\x3f\x1f\x83"


@pytest.mark.parametrize(
    "blocks",
    [
        *(VOC_BLOCK + other + VOC_BLOCK for other in (OTHER_RATE, REPEAT, SILENCE)),
        *(SILENCE + VOC_BLOCK, ONE_BYTE + SILENCE, TWO_BYTES + SILENCE, TWO_BYTES + SILENCE + bytes(100)),
    ],
)
def test_a_voc_that_no_decoder_follows_is_refused(blocks: bytes) -> None:
    with pytest.raises(AudioError, match=r"^has blocks that repeat, are silence, or differ in sample rate or coding: "):
        hear(VOC_HEAD + blocks + b"\0", RATE)


@pytest.mark.parametrize("fewer", [0, 8])  # SoX counts 8 too few
def test_a_voc_ends_where_another_recording_follows(fewer: int) -> None:
    content = encoded(tone(2, 8000), 8000, format="VOC", subtype="PCM_16")
    size = int.from_bytes(content[27:30], "little") - fewer
    heard = hear(content[:27] + size.to_bytes(3, "little") + content[30:] + wav(2), 8000)
    assert (len(heard.waveform), heard.facts.note) == (32000, "2 recordings joined end to end")


# 2 s of silence that mpcenc wrote.
MUSEPACK = bytes.fromhex(
    "4d50434b53480effff20900885b10800051b52470c010000000000000000"
    "45490751011e01534f08190000000041500c1fffffffffffffffc0415005"
    "1ffe5354060112d0534503"
)


def _heard(content: bytes) -> Facts:
    with AudioFile(content) as file:
        for _ in file.blocks():
            pass
    return file.facts


def test_a_musepack_holds_the_samples_that_it_counts() -> None:
    follows = "another recording follows (Musepack) and is ignored"
    for behind, told in ((b"", ""), (bytes(64), ""), (MUSEPACK, follows), (APE + MUSEPACK, follows)):
        facts = _heard(MUSEPACK + behind)
        assert facts.heard == pytest.approx(2, abs=0.03)
        assert facts.note == told
    with pytest.raises(AudioError, match=r"^truncated: header promises 2\.0 s, file holds 1\.7 s$"):
        _heard(MUSEPACK[: MUSEPACK.rfind(b"AP")])


@pytest.mark.parametrize("coding", ["adpcm_yamaha", "wmav2", "pcm_s64le"])
def test_a_wav_that_only_ffmpeg_reads_ends_where_another_recording_follows(coding: str) -> None:
    content = by_ffmpeg("wav", f"{SOUND} -ar 16000 -c:a {coding}")
    whole, heard = hear(content, RATE), hear(content + wav(2), RATE)
    assert np.array_equal(heard.waveform, whole.waveform)
    assert heard.facts.note.startswith("another recording follows")
    piped_out = hear(piped(f"{SOUND} -ar 16000 -c:a {coding} -f wav") + wav(2), RATE)
    assert np.array_equal(piped_out.waveform, whole.waveform)
    with pytest.raises(AudioError, match=r"^truncated: header promises [23]\.\d s, file holds 1\.\d s$"):
        hear(content[: len(content) // 2] + content, RATE)


@pytest.mark.parametrize("kind", ["w64 pcm_f32le", "w64 wmav2", "w64 pcm_s64le", "au adpcm_g722"])
def test_a_size_of_samples_holds_for_ffmpeg_too(kind: str) -> None:
    suffix, coding = kind.split()
    content = by_ffmpeg(suffix, f"{SOUND} -ar 16000 -c:a {coding}")
    facts = hear(content + wav(2), RATE).facts
    assert (round(facts.heard, 1), facts.note[-11:]) == (3, " is ignored")
    for cut in (content[: len(content) * 9 // 10], content[: len(content) // 2] + content):
        with pytest.raises(AudioError, match=r"^truncated: header promises [23]\.\d s, file holds [12]\.\d s$"):
            hear(cut, RATE)


@pytest.mark.parametrize("coding", ["adpcm_yamaha", "g722 -ar 16000", "ac3", "wmav2", "pcm_s64le"])
def test_a_wav_that_only_ffmpeg_reads_is_refused_if_it_is_cut(coding: str) -> None:
    content = by_ffmpeg("wav", f"{SOUND} -c:a {coding}")
    head, fact, rest = content.partition(b"fact")  # which counts the samples; not all programs write it
    content = head + rest[8:] if fact else content
    place = content.find(b"data") + 4
    twice = with_number(content, place, 2 * int.from_bytes(content[place : place + 4], "little"))
    for cut in (content[: len(content) * 7 // 10], twice):
        with pytest.raises(AudioError, match=r"^truncated: header promises [2356]\.\d s, file holds [23]\.\d s$"):
            hear(cut, RATE)


@pytest.mark.parametrize("behind", [bytes(100), b"abc"], ids=["zeros", "text"])
@pytest.mark.parametrize("coding", ["pcm_f32le", "wmav2", "pcm_s64le"])
def test_what_lies_behind_the_samples_of_a_w64_is_no_damage(coding: str, behind: bytes) -> None:
    content = by_ffmpeg("w64", f"{SOUND} -ar 16000 -c:a {coding}")
    whole, heard = hear(content, RATE), hear(content + behind, RATE)
    assert np.array_equal(heard.waveform, whole.waveform)
    assert (heard.facts.seconds, heard.facts.note) == (whole.facts.seconds, "")


@pytest.mark.parametrize("coding", ["mp2", "libmp3lame", "wmav2"])
def test_the_padding_that_ffmpeg_counts_in_a_w64_is_no_damage(coding: str) -> None:
    content = by_ffmpeg("w64", f"{SOUND} -c:a {coding}")
    for behind in (b"", ID3V1):
        facts = hear(content + behind, RATE).facts
        assert facts.heard == pytest.approx(3, abs=0.03)
        assert facts.note == ""
    joined = hear(content + wav(2), RATE).facts
    told = (3, "another recording follows (WAV) and is ignored"), (5, "2 recordings joined end to end")
    assert (round(joined.heard), joined.note) == told[coding != "wmav2"]
    with pytest.raises(AudioError, match=r"^truncated: header promises [23]\.\d s, file holds 2\.\d s$"):
        hear(content[: len(content) * 4 // 5], RATE)


def test_a_small_share_of_a_long_wav_that_its_size_leaves_out_is_heard() -> None:
    content = bytearray(by_ffmpeg("wav", f"{SOUND.replace('duration=3', 'duration=30')} -c:a adpcm_yamaha"))
    place = content.find(b"data") + 4
    size = int.from_bytes(content[place : place + 4], "little")
    content[place : place + 4] = (round(size * 0.985) // 1024 * 1024).to_bytes(4, "little")
    facts = hear(bytes(content), RATE).facts
    assert facts.heard == pytest.approx(30, abs=0.1)
    assert facts.note == "header promises 29.5 s, file holds 30.0 s: all of it is used"


@pytest.mark.parametrize("coding", ["ac3", "wmav2", "g726 -ar 8000", "adpcm_yamaha", "pcm_s64le"])
def test_all_of_a_wav_that_counts_too_little_is_heard(coding: str) -> None:
    content = bytearray(by_ffmpeg("wav", f"{SOUND} -c:a {coding}"))
    heard, place = hear(bytes(content), RATE), content.find(b"data") + 4
    size = int.from_bytes(content[place : place + 4], "little")
    content[place : place + 4] = (size // 8 * 4).to_bytes(4, "little")
    for behind in (b"", ID3V1):
        again = hear(bytes(content) + behind, RATE)
        assert np.array_equal(again.waveform, heard.waveform)
        assert again.facts.note.endswith("header promises 1.5 s, file holds 3.0 s: all of it is used")
        assert "cut off" not in again.facts.note


def test_a_file_is_copied_for_ffmpeg_only_if_its_header_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(prefix: str) -> tuple[int, str]:
        raise OSError("No space left on device")

    au, s64 = by_ffmpeg("au", f"{SOUND} -ar 16000 -c:a adpcm_g722"), by_ffmpeg("wav", f"{SOUND} -c:a pcm_s64le")
    monkeypatch.setattr("tempfile.mkstemp", full)
    (tmp_path / "a.au").write_bytes(au[:8] + b"\xff" * 4 + au[12:])  # as it is piped out
    assert hear(tmp_path / "a.au", RATE).facts.heard == pytest.approx(3, abs=0.02)
    place = s64.find(b"data") + 4
    for content in (au[:8] + b"\0\0\1\0" + au[12:], s64[:place] + b"\0\0\1\0" + s64[place + 4 :]):
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(AudioError, match=r"^cannot be copied to the temporary folder for ffmpeg \(No") as caught:
            hear(tmp_path / "a", RATE)
        assert caught.value.passing
