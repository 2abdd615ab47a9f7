"""Tracks of the synthetic corpus: the same everywhere, and made as its tables say."""

import hashlib

import numpy as np
import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import ARTISTS, GENRES, artist_of, render_track
from musicgenre.synthetic.chance import generator
from musicgenre.synthetic.drums import DRUMS, KITS, drum_wave
from musicgenre.synthetic.harmony import SCALES, progression
from musicgenre.synthetic.mix import convolve
from musicgenre.synthetic.sounds import GUITARS, TONES, sound_wave
from musicgenre.synthetic.style import STEPS
from musicgenre.synthetic.styles import STYLES
from musicgenre.synthetic.tones import Timbre

RATE = 22050


def digest(samples: np.ndarray) -> str:
    return hashlib.sha256((samples * 32768).astype("<i2").tobytes()).hexdigest()[:16]


CHECKSUMS = {  # of two seconds of track 3; if they change, raise `plan.VERSION`
    "blues": "ea5d35a980eb8c0e",
    "classical": "f9f3bbbd093c5b39",
    "country": "d9d62c6e0423d4c3",
    "disco": "58b6bf0e52dd126b",
    "hiphop": "7574a12b989febea",
    "jazz": "7edf297728c5dbf6",
    "metal": "ee2ec85759e6589c",
    "pop": "ae94e54770728b9f",
    "reggae": "874ea77c3be5aeee",
    "rock": "656400bc3bf80278",
}


@pytest.mark.parametrize("genre", GENRES)
def test_the_same_samples_on_every_machine(genre: str) -> None:
    assert digest(render_track(genre, 3, seconds=2.0)) == CHECKSUMS[genre]


def test_a_track_is_16_bit_audio_of_the_asked_length() -> None:
    track = render_track("metal", 0, seconds=1.5)
    assert track.dtype == np.float32
    assert track.shape == (33075,)
    steps = track.astype(np.float64) * 32768
    assert np.array_equal(steps, np.rint(steps))
    assert 0.02 < np.abs(track).max() < 1.0
    assert len(render_track("metal", 0, seconds=0.5, sample_rate=16000)) == 8000


def test_a_track_depends_on_nothing_but_its_arguments() -> None:
    first = render_track("jazz", 7, seconds=0.5)
    np.random.default_rng(0).random(5)
    render_track("pop", 1, seconds=0.2)
    assert np.array_equal(render_track("jazz", 7, seconds=0.5), first)
    for other in (("jazz", 7, 1), ("jazz", 2, 0), ("blues", 7, 0)):
        genre, index, seed = other
        assert not np.array_equal(render_track(genre, index, seed=seed, seconds=0.5), first)


def test_artists_take_turns() -> None:
    assert artist_of("blues", 2) == artist_of("blues", 7) == "blues-artist-2"
    assert len({artist_of("pop", i) for i in range(20)}) == ARTISTS == 5


def test_songs_of_an_artist_are_more_alike_than_songs_of_a_genre() -> None:
    def colour(index: int) -> np.ndarray:
        power = np.abs(np.fft.rfft(render_track("country", index, seconds=6.0))) ** 2
        bands = np.array_split(power[60:60000], np.geomspace(60, 59000, 24).astype(int))
        level = 10 * np.log10([band.mean() + 1e-6 for band in bands])
        return np.asarray(level - level.mean())

    colours = [colour(i) for i in range(2 * ARTISTS)]  # two songs per artist
    distance = np.array([[np.linalg.norm(a - b) for b in colours] for a in colours])
    same = [distance[i, i + ARTISTS] for i in range(ARTISTS)]
    other = [distance[i, j] for i in range(ARTISTS) for j in range(ARTISTS, 2 * ARTISTS) if j - i != ARTISTS]
    assert np.mean(same) < 0.8 * np.mean(other)


def test_an_unknown_genre_is_named() -> None:
    with pytest.raises(MusicGenreError, match=r"polka.*blues"):
        render_track("polka", 0)


@pytest.mark.parametrize("genre", GENRES)
def test_a_style_says_only_what_the_renderer_knows(genre: str) -> None:
    style = STYLES[genre]
    parts = [part for options in style.players.values() for part in options]
    patterns = [p for part in parts for p in part.patterns] + [p for g in style.grooves for p in g.values()]
    assert set(style.players) == {"bass", "comp", "extra", "lead"}
    assert all(len(p) % STEPS == 0 and set(p) <= set(".-123456789") for p in patterns)
    assert {part.sound for part in parts} <= {*GUITARS, *TONES}
    assert {drum for groove in style.grooves for drum in groove} <= set(DRUMS)
    assert set(style.kits) <= set(KITS)
    assert set(style.scales) <= set(SCALES)
    assert set(style.neighbours) <= set(GENRES) - {genre}
    assert all(progression(text) for text in style.progressions)


@pytest.mark.parametrize("name", ["steel_guitar", "piano", "saxophone", "finger_bass", "distorted_guitar"])
@pytest.mark.parametrize("midi", [45, 57])
def test_an_instrument_is_in_tune(name: str, midi: int) -> None:
    note = sound_wave(name, (midi,), 1.0, Timbre(vibrato=0.0), RATE, generator(0))
    spectrum = np.abs(np.fft.rfft(note[4000:] * np.hanning(len(note) - 4000), 1 << 18))
    expected = 440 * 2 ** ((midi - 69) / 12)
    frequencies = np.fft.rfftfreq(1 << 18, 1 / RATE)
    near = (frequencies > 0.9 * expected) & (frequencies < 1.1 * expected)
    found = frequencies[near][spectrum[near].argmax()]
    assert abs(1200 * np.log2(found / expected)) < 8  # cents


@pytest.mark.parametrize("drum", sorted(DRUMS))
def test_a_drum_is_short_and_dies_away(drum: str) -> None:
    hit = drum_wave(drum, KITS["acoustic"], RATE, generator(1))
    assert 0.3 < np.abs(hit).max() < 2.5
    assert len(hit) <= 2.1 * RATE
    assert np.abs(hit[-100:]).max() < 0.05 * np.abs(hit).max()


@pytest.mark.parametrize(("n", "taps"), [(100, 7), (50000, 3000), (8192, 8192)])
def test_convolution_is_numpys(n: int, taps: int) -> None:
    rng = generator(2)
    a, b = rng.random(n), rng.random(taps)
    np.testing.assert_allclose(convolve(a, b), np.convolve(a, b), rtol=1e-9)
