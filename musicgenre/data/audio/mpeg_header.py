"""The four bytes that begin each frame of MPEG audio (MP3, and layers I and II)."""

from dataclasses import dataclass

_BITRATES = {  # kbit/s by (MPEG-1, layer), from ISO 11172-3 and 13818-3
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # by the version's two bits


@dataclass(frozen=True)
class Header:
    """What the four bytes of a frame's header say.

    Attributes:
        version: 3 for MPEG-1, 2 for MPEG-2, 0 for MPEG-2.5.
        layer: 1, 2 or 3.
        rate: Hz.
        channels: 1 or 2.
        length: Length of the frame in bytes; 0 if the bit rate is free.
        padding: Bytes by which this frame is longer than others of its bit rate.
        first: The header's second byte without its checksum bit, the same in all frames of a stream.
    """

    version: int
    layer: int
    rate: int
    channels: int
    length: int
    padding: int
    first: int

    @property
    def samples(self) -> int:
        """Samples of a frame, in each channel."""
        return 384 if self.layer == 1 else 1152 if self.layer == 2 or self.version == 3 else 576

    @property
    def stream(self) -> tuple[int, int, int]:
        """What all frames of a stream have in common."""
        return self.first, self.rate, self.channels

    @property
    def side_info(self) -> int:
        """Bytes between a layer III header and its data, where a Xing header is."""
        return (32 if self.channels == 2 else 17) if self.version == 3 else (17 if self.channels == 2 else 9)


def _header(word: int) -> Header | None:
    """Read 32 bits as a header; None if they are not one."""
    version, layer = word >> 19 & 3, 4 - (word >> 17 & 3)
    bitrate, rate, padding = word >> 12 & 15, word >> 10 & 3, word >> 9 & 1
    if word >> 21 != 0x7FF or version == 1 or layer == 4 or bitrate == 15 or rate == 3 or word & 3 == 2:
        return None
    hertz, bits = RATES[version][rate], _BITRATES[version == 3, layer][bitrate] * 1000
    channels = 1 if word >> 6 & 3 == 3 else 2
    slot = 4 if layer == 1 else 1
    per_frame = 12 if layer == 1 else 72 if layer == 3 and version != 3 else 144
    length = (per_frame * bits // hertz + padding) * slot if bits else 0
    return Header(version, layer, hertz, channels, length, padding * slot, word >> 16 & 0xFE)


_known: dict[int, Header | None] = {}


def header(data: bytes) -> Header | None:
    """Read four bytes as a header; None if they are not one.

    Example:
        >>> found = header(bytes([0xFF, 0xFB, 0x90, 0x00]))
        >>> found and (found.rate, found.channels, found.length)
        (44100, 2, 417)
    """
    if len(data) < 4 or data[0] != 0xFF:
        return None
    word = int.from_bytes(data[:4], "big") & 0xFFFEFFC3 | (data[3] & 0xC0)  # without bits irrelevant to the length
    if word not in _known:
        _known[word] = _header(word)
    return _known[word]
