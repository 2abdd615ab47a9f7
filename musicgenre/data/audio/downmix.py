"""Mix channels to one, and detect silence."""

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from musicgenre.data.audio.facts import AudioError
from musicgenre.errors import MusicGenreError

Waveform = npt.NDArray[np.float32]
Downmix = Literal["mean", "left", "right", "power"]

_LOUDEST = 2.0**32  # as in features.full_scale, which would load PyTorch
_ANOTHER_SCALE = 100.0  # 40 dB above full scale: no mix in floats is as loud
SILENT_PEAK = 10 ** (-70 / 20)  # 70 dB below full scale: dither and converter noise, not music
# Channels cancel each other if their mean has less than this share of their power (-40 dB); the mean of unrelated
# channels has a half (-3 dB).
_CANCELLED = 1e-4
# Coding adds to the mean of inverted channels, least so below 2.5 kHz, where it has then less than this share of what
# unrelated channels have: at most -11 dB after Vorbis at 64 kbit/s, but -8 dB with a side three times the mid.
_INVERTED = 0.126
_BLOCKS = 10  # a second, each of which may cancel on its own; in 40 ms of real music, some do by chance
_LOW_RATE = 5500  # Hz, twice that of the sounds in which it is measured


def require_downmix(name: str) -> None:
    """Raise an error if there is no such downmix.

    Raises:
        MusicGenreError: There is none of that name.
    """
    if name not in get_args(Downmix):
        raise MusicGenreError(f"downmix is {name!r}: choose {', '.join(get_args(Downmix))}.")


class Mixer:
    """Mixes consecutive blocks to one channel, and remembers what was in them.

    The mean of channels that cancel each other (one of them inverted) is silence or a residue; each tenth of a second
    in which they do, or each second up to which they do on the whole (but for what a codec added), is taken from one
    channel instead.

    Args:
        downmix: "mean" of the channels; "left" or "right" alone (the first, the last); "power", their sum over the
            root of their number, which keeps the power of unrelated channels.

    Attributes:
        cancelled: Seconds in which the channels cancel.
        seconds: Seconds processed.
        lowest: The lowest sample of any channel.
        highest: The highest.

    Example:
        >>> tone = np.sin(np.arange(1000, dtype=np.float32))
        >>> inverted = np.stack([tone, -tone], axis=1)
        >>> mixer = Mixer("mean")
        >>> bool(np.array_equal(mixer(inverted, 1000), tone)), mixer.cancelled
        (True, 1.0)
    """

    def __init__(self, downmix: str = "mean") -> None:
        require_downmix(downmix)
        self.downmix = downmix
        self.cancelled = self.seconds = 0.0
        self.lowest, self.highest = math.inf, -math.inf
        self._kept = self._power = 0.0  # energy of the mean, below 2.5 kHz, and of what it would be if unrelated
        self._loud = self._heard = False  # whether in a block a channel, or the mixed one, was more than silence

    def __call__(self, samples: Waveform, rate: int) -> Waveform:
        """Mix a block `(T,)` or `(T, channels)` at a rate (Hz) to one channel `(T,)`.

        Raises:
            AudioError: A sample is NaN, infinite or far beyond full scale.
        """
        if not len(samples):
            return np.empty(0, np.float32)
        self.seconds += len(samples) / rate
        channels = [samples] if samples.ndim == 1 else list(samples.T)
        ranges = [(float(channel.min()), float(channel.max())) for channel in channels]
        if not all(math.isfinite(value) for pair in ranges for value in pair):
            raise AudioError("contains NaN or infinite samples")
        if (peak := max(max(-lowest, highest) for lowest, highest in ranges)) > _LOUDEST:
            raise AudioError(f"holds a sample of {peak:.3g}, where full scale is 1: it is not audio, or damaged")
        loud = any(highest - lowest > 2 * SILENT_PEAK for lowest, highest in ranges)
        self._loud |= loud
        for lowest, highest in ranges:
            self.lowest, self.highest = min(self.lowest, lowest), max(self.highest, highest)
        if len(channels) == 1:
            self._heard |= loud
            return channels[0]
        mono = self._mixed(samples, rate)
        self._heard |= float(mono.max()) - float(mono.min()) > 2 * SILENT_PEAK
        return mono

    def _mixed(self, samples: Waveform, rate: int) -> Waveform:
        """Mix several channels to one."""
        channels = samples.shape[1]
        if self.downmix in ("left", "right"):
            return np.ascontiguousarray(samples[:, 0 if self.downmix == "left" else -1])
        weight = 1 / channels if self.downmix == "mean" else 1 / math.sqrt(channels)
        mono: Waveform = samples @ np.full(channels, weight, dtype=np.float32)
        scale = (weight * channels) ** 2
        for first in range(0, len(samples), rate):  # a second at a time
            part, mixed = samples[first : first + rate], mono[first : first + rate]
            kept, power = _swing(mixed) / scale, np.einsum("tc,tc->", part, part) / channels
            if self._inverted(part, kept, power / channels, rate):
                self._replace(mixed, part, math.inf, rate)
            elif kept < _CANCELLED * power:
                self._replace(mixed, part, _CANCELLED * scale, rate)
            else:
                for place in _suspect(mixed, part, max(1, rate // _BLOCKS), _CANCELLED * scale / channels):
                    self._replace(mixed[place], part[place], _CANCELLED * scale, rate)
        return mono

    def _replace(self, mixed: Waveform, part: Waveform, least: float, rate: int) -> None:
        """Take one channel in place of a mix that has less than a share of the channels' power, if they are heard."""
        swing = part - part.mean(axis=0, dtype=np.float64).astype(np.float32)
        power = np.einsum("tc,tc->c", swing, swing)  # of each channel
        if power.max() > len(part) * SILENT_PEAK**2 / 4 and _swing(mixed) < least * power.mean():
            mixed[:] = part[:, (power > power.max() / 2).argmax()]  # the first of the loud ones
            self.cancelled += len(part) / rate

    def _inverted(self, part: Waveform, kept: float, unrelated: float, rate: int) -> bool:
        """Return whether the channels cancel on the whole, up to and including a second of them."""
        step = max(1, rate // _LOW_RATE)
        if kept < 1.5 * unrelated and step <= len(part):
            low = part[: len(part) // step * step].reshape(-1, step, part.shape[1]).mean(axis=1)
            low -= low.mean(axis=0)
            kept, unrelated = np.square(low.mean(axis=1)).sum(), np.square(low).mean() * len(low) / part.shape[1]
        self._kept, self._power = self._kept + float(kept), self._power + float(unrelated)
        return self._kept < _INVERTED * self._power

    @property
    def silence(self) -> str:
        """Why there is nothing to hear in the blocks so far; empty if there is.

        Silence is measured in the channels, before they are mixed: nothing in any of them is louder than 70 dB below
        full scale.
        """
        if self.lowest == self.highest:
            return f"silent (every sample is {self.lowest:g})"
        if not self._loud:
            return "silent: nothing in it is louder than -70 dB"
        if not self._heard:
            return f"silent in the channel that data.downmix={self.downmix} selects, not in the others: choose another"
        return ""

    @property
    def note(self) -> str:
        """Remarks on samples and channels; empty if there are none."""
        notes = []
        if (peak := max(-self.lowest, self.highest)) > _ANOTHER_SCALE:
            notes.append(
                f"its samples reach {peak:.6g}, where full scale is 1: divide them by their scale, such as 32768"
            )
        if self.cancelled:
            where = f"{self.cancelled:.1f} of {self.seconds:.1f} s"
            notes.append(f"its channels cancel out in {where}: only one is used there")
        return "; ".join(notes)


def _swing(mixed: Waveform) -> float:
    """Return the energy about the mean: a constant is inaudible."""
    around = mixed - mixed.mean()
    return float(around @ around)


def _suspect(mixed: Waveform, part: Waveform, size: int, least: float) -> list[slice]:
    """Find blocks in which the mix has less than a share of the channels' energy, constants in them included.

    The last one reaches to the end.
    """
    count = len(mixed) // size
    blocks, both = mixed[: count * size].reshape(count, size), part[: count * size].reshape(count, size * part.shape[1])
    kept = np.einsum("bt,bt->b", blocks, blocks) - np.square(blocks.sum(axis=1)) / size
    power = np.einsum("bi,bi->b", both, both)
    ends = [*range(size, count * size, size), len(mixed)]
    return [slice(at * size, ends[at]) for at in np.flatnonzero(kept < least * power)]
