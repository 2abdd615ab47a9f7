"""From coefficients back to audio, approximately."""

import librosa
import numpy as np
from numpy.typing import NDArray

from musicgenre.features.compiled import compile_librosa
from musicgenre.features.mfcc import MFCC


def mfcc_to_audio(mfcc: NDArray[np.floating], front_end: MFCC, *, seed: int = 0) -> NDArray[np.float32]:
    """Find a waveform `(T,)` in [-1, 1] whose coefficients are close to `mfcc` `(n_mfcc, frames)`.

    The steps of `librosa.feature.inverse.mfcc_to_audio`, with a seed for the initial phases of the Griffin-Lim
    algorithm. It is approximate, and audibly so: coefficients beyond `n_mfcc`, and with them the pitch, are lost;
    phases are guessed. Audio louder than full scale is scaled down to it.

    Args:
        mfcc: Coefficients, not standardised.
        front_end: The front end that computed them.
        seed: Seed of the phases.

    Example:
        >>> mfcc = np.zeros((13, 5), np.float32)  # 5 frames of the same level in all bands
        >>> mfcc_to_audio(mfcc, MFCC(22050, n_mels=32)).shape  # 4 hops of 512 samples
        (2048,)
    """
    compile_librosa()
    mel = front_end.log_mel.mel
    power = librosa.feature.inverse.mfcc_to_mel(np.asarray(mfcc, np.float32), n_mels=mel.n_mels)  # (n_mels, frames)
    spectrum = librosa.feature.inverse.mel_to_stft(
        power,
        sr=front_end.sample_rate,
        n_fft=mel.n_fft,
        fmin=mel.f_min,
        fmax=mel.f_max,
        htk=mel.mel_scale == "htk",
        norm=mel.norm,
    )  # (n_fft // 2 + 1, frames)
    waveform = librosa.griffinlim(spectrum, hop_length=mel.hop_length, n_fft=mel.n_fft, random_state=seed)
    return np.asarray(waveform / max(1.0, np.abs(waveform).max()), np.float32)
