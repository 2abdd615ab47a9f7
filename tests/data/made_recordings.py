"""Recordings as people have them: in many containers, joined, damaged, with wrong headers."""

import io
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

RATE = 22050
ID3V1 = b"TAG" + bytes(125)
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 132, 1, 0xA0000000) + bytes(8) + bytes(100)
APE += b"APETAGEX" + struct.pack("<IIII", 2000, 132, 1, 0x80000000) + bytes(8)


def tone(seconds: float, rate: int = RATE, channels: int = 1) -> NDArray[np.float32]:
    """Make a tone with some noise `(T,)` or `(T, channels)`, the same in all channels."""
    time = np.arange(round(seconds * rate)) / rate
    noise = 0.02 * np.random.default_rng(0).standard_normal(time.size)
    wave = (0.3 * np.sin(2 * np.pi * 440 * time) + noise).astype(np.float32)
    return wave if channels == 1 else np.repeat(wave[:, None], channels, axis=1)


def encoded(wave: NDArray[np.float32], rate: int = RATE, **how: object) -> bytes:
    """Encode a waveform in memory with soundfile."""
    file = io.BytesIO()
    sf.write(file, wave, rate, **how)
    return file.getvalue()


def id3v2(size: int) -> bytes:
    """Make a tag whose content looks like the start of frames."""
    head = b"ID3\x04\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return head + (b"\xff\xfb\x90\x00" * (size // 4 + 1))[:size]


@cache  # encoding is the slowest part
def mp3(seconds: float, rate: int = 44100, channels: int = 1) -> bytes:
    """Make an MP3 whose first frame (Info) states its length."""
    return encoded(tone(seconds, rate, channels), rate, format="MP3")


@cache
def vbr_mp3() -> bytes:
    """Make 2 s of noise at a high bit rate and 10 s of a tone at a low one, with a Xing header."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * 44100).astype(np.float32)
    wave = np.concatenate([noise, 0.1 * np.sin(np.arange(10 * 44100) * 0.06).astype(np.float32)])
    return encoded(wave, 44100, format="MP3", bitrate_mode="VARIABLE", compression_level=0.2)


def without_header(content: bytes) -> bytes:
    """Drop an MP3's first frame, which states the length."""
    return content[content.find(content[:2], 4) :]


def free_format() -> bytes:
    """Make 48 kHz MP3 frames of 384 bytes each that do not state their bit rate."""
    content = encoded(tone(3, 48000, 2), 48000, format="MP3", bitrate_mode="CONSTANT", compression_level=0.6)
    frames = bytearray(without_header(content))
    length = frames.find(bytes(frames[:2]), 4)
    for place in range(0, len(frames), length):
        assert frames[place] == 0xFF  # all are of equal length
        frames[place + 2] &= 0x0F
    return bytes(frames)


def with_number(content: bytes, place: int, value: int) -> bytes:
    """Write a four-byte little-endian number into a header."""
    return content[:place] + struct.pack("<I", value) + content[place + 4 :]


def flac_saying(length: int) -> bytes:
    """Make 3 s of FLAC whose header states another number of samples."""
    content = bytearray(encoded(tone(3), format="FLAC"))
    content[21] = content[21] & 0xF0 | length >> 32
    content[22:26] = (length & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(content)


def wav(seconds: float = 3, subtype: str = "PCM_16") -> bytes:
    """Make a WAV, of 16 bits unless told otherwise."""
    return encoded(tone(seconds), format="WAV", subtype=subtype)


def au() -> bytes:
    """Make 3 s of 16-bit AU."""
    return encoded(tone(3), format="AU", subtype="PCM_16")


def half(content: bytes) -> bytes:
    """Cut a file in two."""
    return content[: len(content) // 2]


def vorbis(seconds: float, rate: int = RATE, channels: int = 1) -> bytes:
    """Make an Ogg Vorbis file."""
    return encoded(tone(seconds, rate, channels), rate, format="OGG", subtype="VORBIS")


def opus(seconds: float) -> bytes:
    """Make an Ogg Opus file."""
    return encoded(tone(seconds, 48000), 48000, format="OGG", subtype="OPUS")


Made = Callable[[], bytes]
# Length of the file's content in s, and how it is made. All of it must be heard.
HEARD: dict[str, tuple[float, Made]] = {
    "mp3, vbr": (12, vbr_mp3),
    "mp3, vbr without xing": (12, lambda: without_header(vbr_mp3())),
    "mp3, joined": (15, lambda: mp3(3) + vbr_mp3()),
    "mp3, joined without xing": (15, lambda: without_header(mp3(3)) + vbr_mp3()),
    "mp3, joined of two rates": (5, lambda: mp3(3) + mp3(2, 22050)),
    "mp3, joined mono and stereo": (5, lambda: mp3(3) + mp3(2, channels=2)),
    "mp3, id3v2 in front": (3, lambda: id3v2(5000) + mp3(3)),
    "mp3, id3v1 behind": (3, lambda: mp3(3) + ID3V1),
    "mp3, ape behind": (3, lambda: mp3(3) + APE),
    "mp3, tags in the middle": (5, lambda: id3v2(300) + mp3(3) + ID3V1 + id3v2(900) + mp3(2) + APE + ID3V1),
    "mp3, junk in front": (3, lambda: bytes(3000) + mp3(3)),
    "mp3, free format": (3, free_format),
    "wav": (3, wav),
    "wav, size 0": (3, lambda: with_number(wav(), 40, 0)),
    "wav, both sizes 0": (3, lambda: with_number(with_number(wav(), 4, 0), 40, 0)),
    "wav, size unknown": (3, lambda: with_number(with_number(wav(), 4, 2**32 - 1), 40, 2**32 - 1)),
    "wav, size of a third": (3, lambda: with_number(wav(), 40, 2 * RATE)),
    "wav, joined": (5, lambda: wav(3) + wav(2)),
    "wav, tags behind": (3, lambda: wav() + b"LIST\4\0\0\0abcdid3 \6\0\0\0abcdef" + ID3V1),
    "wav, tag in a chunk of capitals": (3, lambda: wav() + b"ID3 " + struct.pack("<I", 40_010) + id3v2(40_000)),
    "wav, 1 kHz": (66.15, lambda: with_number(wav(), 24, 1000)),
    "wav, 768 kHz": (3 * RATE / 768000, lambda: with_number(wav(), 24, 768000)),
    "au, size unknown": (3, lambda: with_number(au(), 8, 2**32 - 1)),
    "flac, no length": (3, lambda: flac_saying(0)),
    "flac, length of a third": (3, lambda: flac_saying(RATE)),
    "flac, joined": (4, lambda: flac_saying(3 * RATE) + encoded(tone(1, 44100), 44100, format="FLAC")),
    "flac, id3v2 in front": (3, lambda: id3v2(500) + flac_saying(3 * RATE)),
    "flac, id3v1 behind": (3, lambda: flac_saying(3 * RATE) + ID3V1),
    "ogg, chained": (6, lambda: vorbis(2) + vorbis(3, 44100, 2) + vorbis(1)),
    "ogg, opus and vorbis chained": (4, lambda: opus(2) + vorbis(2)),
}
HALF = "^truncated: header promises 3.0 s, file holds 1.5 s$"
# Part of the reason for refusing it, and how it is made.
REFUSED: dict[str, tuple[str, Made]] = {
    "mp3, cut": ("truncated: header promises 3.0 s, file holds 1.4", lambda: half(mp3(3))),
    "mp3, cut, id3v2 in front": ("truncated: header promises 3.0 s", lambda: id3v2(50_000) + half(mp3(3))),
    "wav, cut": (HALF, lambda: half(wav())),
    "wav of 24 bits, cut": (HALF, lambda: half(wav(3, "PCM_24"))),
    "wav of floats, cut": (HALF, lambda: half(wav(3, "FLOAT"))),
    "au, cut": (HALF, lambda: half(au())),
    "flac, cut": ("truncated or damaged: decoding stops after 1.[045]", lambda: half(encoded(tone(3), format="FLAC"))),
    "wav, 10 Hz": ("states a sample rate of 10 Hz", lambda: with_number(wav(), 24, 10)),
    "wav, 800 kHz": ("states a sample rate of 800000 Hz", lambda: with_number(wav(), 24, 800_000)),
    "flac, promises more": ("truncated: header promises 6.0 s, file holds 3.0 s", lambda: flac_saying(6 * RATE)),
    "flac, promises the most": (
        "^truncated: header promises 3116529.6 s, file holds 3.0 s$",
        lambda: flac_saying(2**36 - 1),
    ),
    "ogg, cut in its last page": ("without its end page", lambda: vorbis(3)[:-5]),
    "ogg, cut in the last of two": ("without its end page", lambda: vorbis(3) + vorbis(3)[:-5]),
}
