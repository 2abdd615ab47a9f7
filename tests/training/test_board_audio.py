"""The segments of a run that TensorBoard plays."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile as sf

from musicgenre import GenreDataModule, folder, splits
from musicgenre.features import MFCC
from musicgenre.training.board_audio import sounds_of


def test_peaks_beyond_full_scale_are_played_at_full_scale(tmp_path: Path) -> None:
    wave = np.sin(np.arange(44100) * 0.05).astype(np.float32)
    for name in ("drone/0.wav", "drone/1.wav", "hum/0.wav", "hum/1.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        sf.write(tmp_path / name, 1.2 * wave, 22050, subtype="FLOAT")
    data = GenreDataModule(folder(tmp_path), MFCC(n_mfcc=4), length=1.0, split=splits.stratified())
    row = {"split": "test", "track": "hum/1.wav", "start": 1.0, "genre": "hum", "label": 1}
    [sound] = sounds_of(data, pd.DataFrame([row | {"p_drone": 0.1, "p_hum": 0.9}]))
    assert (sound.name, len(sound.waveform)) == ("correct_1", 22050)
    np.testing.assert_allclose(sound.waveform, (1.2 * wave[22050:]).clip(-1, 1), atol=1e-6)
