"""Decode what libsndfile does not read, with ffmpeg if it is installed."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.mpeg_tags import between_tags
from musicgenre.data.audio.source import Source
from musicgenre.quoting import quoted

_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)(?:, start: (-?[\d.]+))?")
_AUDIO = re.compile(r"Stream #(?P<number>\d+:\d+)\S*: Audio: (?P<coding>\w+)")
_STREAM = re.compile(r"Stream #\S+: (?!Data: bin_data \(text|.*\(attached pic\))")  # no chapter titles, no cover
_OTHER = re.compile(r"Stream #\S+: (?!Audio)\w+: (\w+)")
_SAID = re.compile(r"(?P<by>(?:\[[^\]]* @ [^\]]*\] )*)\[(?P<level>\w+)\] ?(?P<text>.*)")
_GUESSED = "Estimating duration from bitrate"
_STEADY = ("ac3", "eac3", "dts")  # whose bit rate hardly ever changes
_CUT = re.compile(r"File ended prematurely|partial file|^\[(?!mpeg)[^\]]*\] Packet corrupt \(stream")
_NO_DAMAGE = re.compile(  # but in a tag, or where another live stream begins
    r"(Incorrect|Cannot read) BOM value|Error reading (frame \S+|comment frame|lyrics), skipped"
    r"|Error decoding attached picture description|Found unknown-length element with ID 0x18538067"
)
_LINES = 2000  # of ffmpeg's messages that are kept
_SILENT_FOR = 20.0  # s without a sample, after which ffmpeg is considered hung
_DESCRIBED_AFTER = 5.0  # s to wait for the description of the streams, which is written before the first sample


def installed() -> bool:
    """Return whether ffmpeg is installed."""
    return shutil.which("ffmpeg") is not None


def convert_hint(source: Source, kind: str) -> str:
    """Say what to do with a file that only ffmpeg reads, if it is not installed."""
    name, target = "FILE", "OUT.wav"
    if source.path is not None:
        name, target = source.path.name, f"{source.path.stem}.wav"
        target = target if target != name else f"{source.path.stem}.flac"
    words = (quoted(f"./{word}" if word.startswith("-") else word) for word in (name, target))
    return f"{kind}, which needs ffmpeg: install it, or convert the file (ffmpeg -i {' '.join(words)})"


class Decoder:
    """A running ffmpeg that writes the first audio stream as float32.

    Args:
        name: What ffmpeg calls the file, see `as_file`.

    Attributes:
        rate: Hz.
        channels: Number of channels.
        cut: Whether ffmpeg says that the file ends too early; complete after the end.

    Raises:
        AudioError: ffmpeg finds no audio in it.
    """

    def __init__(self, name: str) -> None:
        quiet = ("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+info", "-threads", "1")
        read = ("-protocol_whitelist", "file,pipe,subfile", "-err_detect", "crccheck", "-i", name)
        chosen = ("-map", "0:a:0", "-vn", "-sn", "-dn")
        written = ("-c:a", "pcm_f32le", "-f", "wav", "-bitexact", "pipe:1")
        self._process = subprocess.Popen(
            [*quiet, *read, *chosen, *written], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        self._said: list[str] = []
        self.cut = False
        self._errors: list[str] = []  # those of them that are no mere remarks
        self._described = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.rate, self.channels = self._header()
        except BaseException:
            self.close()
            raise

    @property
    def _pipe(self) -> BinaryIO:
        assert self._process.stdout is not None  # a pipe was requested
        return self._process.stdout  # type: ignore[return-value]

    def _listen(self) -> None:
        assert self._process.stderr is not None  # a pipe was requested
        for line in self._process.stderr:
            text, level = line.decode("utf-8", "replace").rstrip(), ""
            if found := _SAID.match(text):
                text, level = found["by"] + found["text"], found["level"]
            text = text.strip()
            if len(self._said) < _LINES:
                self._said.append(text)
            if level in ("error", "fatal", "panic") and len(self._errors) < _LINES and not _NO_DAMAGE.search(text):
                self._errors.append(text)
            self.cut = self.cut or (level not in ("", "info") and bool(_CUT.search(text)))
            if _AUDIO.search(text):
                self._described.set()
        self._described.set()

    def _header(self) -> tuple[int, int]:
        """Return rate and channels, from the header of the WAV that ffmpeg writes."""
        head = self._exactly(12)
        rate = channels = 0
        while len(head) == 12 or rate:
            chunk = self._exactly(8)
            if len(chunk) < 8:
                break
            if chunk[:4] == b"data":
                return rate, channels
            content = self._exactly(int.from_bytes(chunk[4:], "little"))
            if chunk[:4] == b"fmt ":
                channels, rate = int.from_bytes(content[2:4], "little"), int.from_bytes(content[4:8], "little")
        raise AudioError(f"not readable as audio (ffmpeg: {self._complaint()})")

    def _exactly(self, size: int) -> bytes:
        return self._pipe.read(size)

    def _complaint(self) -> str:
        self._finish()
        named = [line for line in self._said if re.match(r"\[(?!wav|out)[^\]]*\] ", line)]  # by the demuxer or decoder
        text = next((line for line in reversed(named or self._said) if line), "no audio in it")
        if any("matches no streams" in line for line in self._said):
            return "no audio in it"
        return _plain(text)

    def _finish(self) -> None:
        try:
            self._process.wait(_SILENT_FOR)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._listener.join(_SILENT_FOR)

    def read(self, frames: int) -> Waveform:
        """Return the next samples `(T, channels)`; empty at the end."""
        watch = threading.Timer(_SILENT_FOR, self._process.kill)
        watch.start()
        try:
            data = self._pipe.read(frames * 4 * self.channels)
        finally:
            watch.cancel()
        whole = len(data) // (4 * self.channels)
        samples: Waveform = np.frombuffer(data, np.float32, whole * self.channels).reshape(whole, self.channels)
        return samples.copy()  # one that can be written to, as libsndfile's

    def promised(self, held: float) -> float | None:
        """Return the length of the audio that the container states, s, or None. Call it after the end.

        With a picture, text or other audio in the file, the length may be theirs: it counts only if ffmpeg says that
        the file is cut off. And some containers count from 0, others from the start of the audio, so that a file which
        starts later may hold either length. ffmpeg's guess from a bit rate counts only if that is steady and much is
        missing.

        Args:
            held: Seconds that were decoded.
        """
        described = self._described_streams()
        found = next((match for line in described if (match := _DURATION.match(line))), None)
        several = sum(bool(_STREAM.match(line)) for line in described) != 1
        if found is None or (several and not self.cut):
            return None
        longest = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
        if self.guessed:
            return longest if self.codec in _STEADY and longest > 1.05 * held else None
        shortest = max(0.0, longest - max(0.0, float(found[4] or 0)))
        return min(longest, max(held, shortest)) or None

    @property
    def guessed(self) -> bool:
        """Whether the length is ffmpeg's guess from the file's size. Read it after the end."""
        return any(_GUESSED in line for line in self._described_streams())

    def _described_streams(self) -> list[str]:
        """Return ffmpeg's messages about the file, which come before those about its output."""
        self._finish()
        end = next((number for number, line in enumerate(self._said) if line == "Stream mapping:"), len(self._said))
        return self._said[:end]

    @property
    def sounds(self) -> int:
        """Number of audio streams, of which the first is decoded. Read it after the end."""
        streams = map(_AUDIO.search, self._described_streams())
        return len({stream["number"] for stream in streams if stream})  # one may be in several programmes

    @property
    def failed(self) -> str:
        """What ffmpeg says about damage that ended it; empty if there was none. Read it after the end."""
        self._finish()
        return self._complaint() if self._process.returncode else ""

    def damage(self) -> str:
        """Return what ffmpeg says about damage that it left out; empty if there was none. Call it after the end."""
        others = {found[1] for line in self._described_streams() if (found := _OTHER.match(line))} | {"wav", "out"}
        named = [(set(re.findall(r"\w+", text.partition("]")[0])), text) for text in self._errors]
        ours = [text for by, text in named if not text.startswith("[") or not by & others]
        return _plain(next((text for text in ours if text.startswith("[")), ours[0])) if ours else ""

    @property
    def codec(self) -> str:
        """Name of the codec, such as "aac"; empty if unknown."""
        self._described.wait(_DESCRIBED_AFTER)
        found = next((match for line in self._said if (match := _AUDIO.search(line))), None)
        return "" if found is None else found["coding"]

    def close(self) -> None:
        """End ffmpeg if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._listener.join(_SILENT_FOR)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _plain(text: str) -> str:
    """Return one of ffmpeg's messages without the file and the part of ffmpeg that it names."""
    return re.sub(r"(subfile,\S*?,:)?file:\S.*?: |^(\[.*?\] )+", "", text).rstrip(".")


@contextmanager
def as_file(source: Source, end: int) -> Iterator[str]:
    """Yield ffmpeg's name of a source up to its end without its tags, or of a copy if it has no path: ffmpeg seeks."""
    start, stop = between_tags(source, end)
    if source.path is not None:
        name = f"file:{source.path.absolute()}"
        yield name if stop - start == source.size else f"subfile,,start,{start},end,{stop},,:{name}"
        return
    name = ""
    try:
        try:
            number, name = tempfile.mkstemp(prefix="musicgenre-")
            with os.fdopen(number, "wb") as file:  # closed before ffmpeg opens it: Windows opens no file twice
                for place in range(start, stop, 1 << 20):
                    file.write(source.read(place, min(1 << 20, stop - place)))
        except OSError as error:
            raise AudioError(f"cannot be copied to the temporary folder for ffmpeg ({error})", passing=True) from error
        yield f"file:{name}"
    finally:
        if name:
            Path(name).unlink(missing_ok=True)
