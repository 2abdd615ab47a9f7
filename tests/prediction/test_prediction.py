"""What a classifier says of recordings, with synthetic waveforms and a net that measures loudness."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import torch
from torch import Tensor

from musicgenre.data.audio.decode import AudioError
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.card import DataCard
from musicgenre.errors import MusicGenreError
from musicgenre.features.profile import UNLIKE, Reference, profiles
from musicgenre.prediction import AudioClassifier, Ensemble, Prediction, find_audio
from musicgenre.prediction.predict import predict
from musicgenre.prediction.tables import predictions_frame, segments_frame
from musicgenre.prediction.waveform import samples_of
from musicgenre.visual.timeline import timeline_figure

RATE = 22050
GENRES = ("loud", "soft")


def frames(waveforms: Tensor) -> Tensor:
    return waveforms[:, None, None]  # (B, 1, 1, T)


def loudness(features: Tensor) -> Tensor:
    """Logits (B, 2): loud where the mean level is above a tenth."""
    level = features.abs().mean(dim=(1, 2, 3))
    return torch.stack([level - 0.1, 0.1 - level], dim=1) * 100


def listener(**settings: object) -> AudioClassifier:
    return AudioClassifier(frames, loudness, GENRES, Segmenter(RATE, length=1.0), **settings)  # type: ignore[arg-type]


def tone(seconds: float, level: float = 0.5, rate: int = RATE) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)).astype(np.float32)


def recording(wave: np.ndarray) -> bytes:
    file = io.BytesIO()
    sf.write(file, wave, RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


def test_segments_are_heard_one_by_one_whatever_the_batch() -> None:
    wave = np.concatenate([tone(3), tone(2, 0.01)])
    found = [listener(batch_size=size)(wave, RATE) for size in (1, 2, 64)]
    assert found[0].segments.p_loud.round(3).tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert found[0].genre == "loud"
    assert found[0].confidence == pytest.approx(0.6, abs=1e-3)
    assert found[0].agreement == pytest.approx(0.6)
    assert found[0].doubt == ""
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0].segments, other.segments, atol=1e-6)


def test_any_kind_of_waveform_gives_the_same() -> None:
    wave = tone(2)
    stereo = np.stack([wave, wave])
    kinds = [
        (wave, RATE),
        (torch.from_numpy(wave), RATE),
        (stereo, RATE),  # (channels, T)
        (stereo.T, RATE),  # (T, channels)
        (np.round(wave * 32767).astype(np.int16), RATE),
        (np.round(wave * 127 + 128).astype(np.uint8), RATE),
        (np.round(wave * 32767 + 32768).astype(np.uint16), RATE),
        (np.round(wave.astype(np.float64) * (2**31 - 1)).astype(np.int32), RATE),
        (np.round(wave * 32767).astype(">i2"), RATE),  # as in .au files
        (torch.from_numpy(np.round(wave * 32767 + 32768).astype(np.uint16)), RATE),
        (wave.astype(np.float64), RATE),
        (wave.astype(np.float16), RATE),
        (wave.astype(np.longdouble), RATE),
        (torch.from_numpy(wave).bfloat16(), RATE),
        (torch.from_numpy(wave).half(), RATE),
        (wave[::-1], RATE),
        (wave.tolist(), RATE),
        (tone(2, rate=44100), 44100),
    ]
    for audio, rate in kinds:
        found = listener()(audio, rate)
        assert found.seconds == pytest.approx(2, abs=1e-3)
        assert found.probabilities["loud"] == pytest.approx(1, abs=1e-3)


def test_file_objects_and_bytes_are_heard_without_a_rate() -> None:
    file = io.BytesIO()
    sf.write(file, tone(2, rate=44100), 44100, format="WAV")
    for audio in (file, file.getvalue(), memoryview(file.getvalue())):
        found = listener()(audio)
        assert found.seconds == pytest.approx(2, abs=1e-3)
        assert found.genre == "loud"


def test_integers_are_heard_at_their_level() -> None:
    quiet = np.array([0.0, 0.25, -0.5, 0.0], np.float32)
    for bits in (8, 16, 32):
        signed = (quiet.astype(np.float64) * 2 ** (bits - 1)).astype(f"i{bits // 8}")
        unsigned = (quiet.astype(np.float64) * 2 ** (bits - 1) + 2 ** (bits - 1)).astype(f"u{bits // 8}")
        for whole in (signed, unsigned):
            assert samples_of(whole, RATE, RATE)[0].tolist() == quiet.tolist()


def test_what_is_no_sample_is_named() -> None:
    samples: list[tuple[Any, str]] = [
        (np.ones(RATE, bool), "bool"),
        (torch.ones(RATE, dtype=torch.bool), "bool"),
        (np.ones(RATE, np.complex64), "complex64"),
        (np.ones(RATE, np.clongdouble), "complex"),
        (torch.ones(RATE, dtype=torch.complex64), "complex64"),
        (np.array(["a"]), "<U1"),
    ]
    for wrong, name in samples:
        with pytest.raises(MusicGenreError, match=f"A waveform .*{name}.*: give real samples"):
            listener()(wrong, RATE)


def test_silence_has_no_genre() -> None:
    wave = np.concatenate([tone(2), np.zeros(2 * RATE, np.float32), tone(1)])
    found = listener()(wave, RATE)
    assert found.segments.start.tolist() == [0.0, 1.0, 4.0]
    timeline = found.timeline
    assert timeline.loc[2.0].isna().all()
    assert timeline.loc[[0.0, 1.0, 4.0]].notna().all(axis=None)
    assert timeline.index[-1] == 5.0 and timeline.loc[5.0].isna().all()  # the end
    assert timeline.dropna().idxmax(axis=1).index.tolist() == [0.0, 1.0, 4.0]
    ended = listener()(np.concatenate([tone(2), np.zeros(3 * RATE, np.float32)]), RATE)
    assert ended.timeline.index[-1] == 5.0 and ended.timeline.loc[2.0].isna().all()  # heard, but silent
    legend = timeline_figure(ended.timeline, "x", seconds=5.0).axes[0].get_legend()
    assert legend is not None and "not heard" not in [text.get_text() for text in legend.get_texts()]
    with pytest.raises(AudioError, match="silent"):
        listener()(np.full(3 * RATE, 0.25, np.float32), RATE)


def test_what_cannot_be_heard_says_why() -> None:
    listen = listener()
    with pytest.raises(AudioError) as short:
        listen(tone(0.5), RATE)
    mend = "one trained with segments.short=pad, or repeat, would hear it"
    assert str(short.value) == f"too short: 0.50 s, but the run needs 1 s ({mend})"
    with pytest.raises(AudioError, match=r"too short: 0.05 s, but the run needs 1 s$"):  # which it would not
        listen(tone(0.05), RATE)
    with pytest.raises(AudioError, match="no samples"):
        listen(np.empty(0, np.float32), RATE)
    with pytest.raises(AudioError, match="NaN"):
        listen(np.array([0.0, np.nan]), RATE)
    with pytest.raises(MusicGenreError, match="needs its sample rate"):
        listen(tone(2))
    with pytest.raises(MusicGenreError, match="neither"):
        listen(np.zeros((2, 2, 100)), RATE)
    for name in ("nowhere.wav", Path("nowhere.wav")):
        with pytest.raises(AudioError, match=r"^nowhere\.wav: no such file"):
            listen(name)
    with pytest.raises(AudioError, match=r"^no such file"):  # in a list of files
        Ensemble((listen,))("nowhere.wav")
    with pytest.raises(AudioError, match=r"holds a sample of 1e\+30, .*full scale is 1") as caught:
        listen(recording(np.append(tone(1), tone(1, 1e30))))
    assert (caught.value.facts.format, caught.value.facts.rate) == ("WAV FLOAT", RATE)


def test_timeline_is_the_mean_of_what_covers_a_moment() -> None:
    segments = pd.DataFrame(
        {
            "run": [0, 0, 1],
            "start": [0.0, 1.0, 0.0],
            "seconds": [2.0, 2.0, 4.0],
            "p_a": [1.0, 0.0, 0.5],
            "p_b": [0.0, 1.0, 0.5],
        }
    )
    timeline = Prediction(("a", "b"), segments, 4.0).timeline
    assert timeline.index.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    # run 0: 1, (1 + 0) / 2, 0, nothing; run 1: 0.5 throughout
    assert timeline.a.iloc[:4].tolist() == [0.75, 0.5, 0.25, 0.5]
    assert Prediction(("a", "b"), segments, 4.0).probabilities.to_dict() == {"a": 0.5, "b": 0.5}


def test_ensemble_is_the_mean_of_its_members() -> None:
    def always(features: Tensor) -> Tensor:
        return torch.tensor([[0.0, 0.0]]).expand(len(features), 2)

    half = AudioClassifier(frames, always, GENRES, Segmenter(RATE, length=2.0))
    found = Ensemble((listener(), half))(tone(4), RATE)
    assert found.probabilities["loud"] == pytest.approx(0.75, abs=1e-3)
    assert found.segments.groupby("run").size().tolist() == [4, 2]
    with pytest.raises(MusicGenreError, match="different genres"):
        Ensemble((listener(), AudioClassifier(frames, always, ("loud", "other"), Segmenter(RATE))))
    with pytest.raises(MusicGenreError, match="at least one run"):
        Ensemble(())


def test_reference_knows_what_it_was_fitted_on() -> None:
    torch.manual_seed(0)
    features = torch.randn(200, 1, 6, 50) * torch.arange(1, 7)[:, None] + 3
    reference = Reference.fit([features[:64], features[64:]])
    expected = profiles(features)
    assert np.allclose(reference.mean, expected.mean(0), atol=1e-5)
    assert np.allclose(reference.std, expected.std(0, correction=0), atol=1e-5)
    assert reference.distance(expected) == pytest.approx(0, abs=1e-4)
    alone = np.mean([reference.distance(expected[i : i + 1]) ** 2 for i in range(200)])
    assert alone == pytest.approx(1, abs=1e-3)  # by the definition of a standard deviation
    assert reference.distance(profiles(features * 5)) > 3


def test_what_varies_together_in_training_is_unlike_where_it_does_not() -> None:
    torch.manual_seed(0)
    level = torch.randn(400, 1)
    x = (level + 0.05 * torch.randn(400, 8))[:, None, :, None]  # eight nearly equal values
    tracks = [f"track {number // 4}" for number in range(400)]
    artists = [f"artist {number // 20}" for number in range(400)]
    batches = [x[:100], x[100:]]
    reference = Reference.fit_directions(batches, tracks, artists)
    plain = Reference.fit(batches)
    distances = [reference.distance(profiles(x[place : place + 4])) for place in range(0, 400, 4)]
    assert 0 < np.mean(np.array(distances) > UNLIKE) < 0.1  # 95 % are within it when held out
    usual = torch.tensor([1.0, -1.0] * 4)[None, None, :, None]  # no value is unusual by itself
    assert plain.distance(profiles(usual)) < UNLIKE < 5 < reference.distance(profiles(usual))
    few = Reference.fit_directions(batches, tracks, ["one", "other"] * 200)
    assert few.distance(profiles(usual)) == pytest.approx(plain.distance(profiles(usual)), rel=1e-6)


def test_a_reference_is_kept_as_it_is() -> None:
    x = torch.randn(60, 1, 4, 1)
    reference = Reference.fit_directions([x], [str(n) for n in range(60)], [str(n) for n in range(60)])
    card = DataCard(("a", "b"), (1, 4, 1), "audio", Segmenter(RATE), 3.0, reference)
    assert len(reference.directions) == 8
    assert DataCard.from_plain(card.plain()) == card
    fields = card.plain()
    for wrong in ({"rest": 0.0}, {"variances": (1.0,)}, {"directions": ((1.0,),) * 8}, {"limit": float("nan")}):
        with pytest.raises(ValueError):
            DataCard.from_plain(fields | {"reference": fields["reference"] | wrong})


def test_a_strange_sound_is_doubted() -> None:
    reference = Reference.fit([frames(torch.from_numpy(np.stack([tone(1, level) for level in (0.4, 0.5, 0.6)])))])
    listen = listener(reference=reference)
    assert listen(tone(3, 0.5), RATE).doubt == ""
    assert listen(tone(3, 0.01), RATE).doubt == "unlike"
    assert Ensemble((listen, listener()))(tone(3, 0.01), RATE).doubt == "unlike"


def test_tables_hold_everything() -> None:
    found = {"a.wav": listener()(tone(2), RATE)}
    table = predictions_frame(found, {"b.wav": "silent"}, GENRES)
    assert table.file.tolist() == ["a.wav", "b.wav"]
    assert table.reason.tolist()[1] == "silent"
    assert table.p_loud[0] + table.p_soft[0] == pytest.approx(1)
    segments = segments_frame(found, GENRES)
    assert segments.columns.tolist() == ["file", "run", "start", "seconds", "p_loud", "p_soft"]
    nothing = predictions_frame({}, {"b.wav": "silent"}, GENRES)  # the columns do not depend on what was usable
    assert nothing.columns.tolist() == table.columns.tolist()
    assert nothing.dropna(axis=1).to_dict("records") == [{"file": "b.wav", "reason": "silent"}]
    assert segments_frame({}, GENRES).columns.tolist() == segments.columns.tolist()


def test_audio_is_found_in_folders_below(tmp_path: Path) -> None:
    for name in ("b.MP3", "x/a.wav", "x/notes.txt", ".hidden/c.wav", "README"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    files, others = find_audio(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == ["b.MP3", "x/a.wav"]
    assert others == {".txt": 1, "suffixless": 1}
    assert find_audio(tmp_path / "x" / "notes.txt") == ([tmp_path / "x" / "notes.txt"], {})
    with pytest.raises(MusicGenreError, match="no file or folder"):
        find_audio(tmp_path / "nowhere")
    (tmp_path / "x" / "a.wav").unlink()
    with pytest.raises(MusicGenreError, match=r"holds no .* file \(other files, also in subfolders: 1\)"):
        find_audio(tmp_path / "x")


def test_hidden_audio_is_passed_over_and_a_title_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.wav", "._a.wav", ".Paak.wav", ".cover.png"):
        (tmp_path / name).touch()
    assert find_audio(tmp_path) == ([tmp_path / "a.wav"], {})
    assert caplog.messages == [
        f"{tmp_path / '.Paak.wav'} is passed over as hidden (its name begins with a dot): rename it if it is music."
    ]


def test_audio_behind_links_is_found_once_and_what_cannot_be_opened_is_listed(tmp_path: Path) -> None:
    music, elsewhere = tmp_path / "music", tmp_path / "elsewhere"
    for path in (music / "a.wav", elsewhere / "b.wav"):
        path.parent.mkdir()
        path.touch()
    (music / "album").symlink_to(elsewhere)
    (music / "again").symlink_to(music)
    (music / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    files, others = find_audio(music)
    assert [file.relative_to(music).as_posix() for file in files] == ["a.wav", "album/b.wav", "lost.wav"]
    assert others == {}
    assert find_audio(music / "lost.wav") == ([music / "lost.wav"], {})
    with pytest.raises(AudioError, match="broken link"):
        listener()(music / "lost.wav")


def test_a_classifier_is_shown_in_one_line() -> None:
    shown = repr(listener())
    assert "loud" in shown
    assert f"1 s at a time, {RATE} Hz, on cpu" in shown
    assert len(shown) < 120
    for window, heard in ((3.0, "3 s at a time"), (None, "tracks whole")):
        assert heard in repr(AudioClassifier(frames, loudness, GENRES, Segmenter(RATE, length=None, window=window)))


def test_the_tables_and_the_log_say_what_was_heard_and_not_what_was_decoded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in").mkdir()
    for name, seconds in (("44", 4.4), ("31", 3.1), ("60", 6.0)):
        (tmp_path / "in" / f"{name}.wav").write_bytes(recording(tone(seconds)))
    whole = AudioClassifier(frames, loudness, GENRES, Segmenter(RATE, length=None, window=3.0))
    caplog.set_level("INFO")
    predict([whole], tmp_path / "in", tmp_path / "out", figures=False)
    table = pd.read_csv(tmp_path / "out" / "tracks.csv").set_index("file")
    assert table.seconds_heard.to_dict() == {"44.wav": 3.0, "31.wav": 3.1, "60.wav": 6.0}
    told = "More than 10 % of 1 file was not heard, such as an end shorter than a segment: 3.0 of 4.4 s were; see "
    assert caplog.messages == [f"{told}tracks.csv."]


def test_files_that_do_not_fill_a_segment_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "in").mkdir()
    for name, seconds in (("half", 0.5), ("most", 0.99), ("one", 1.0)):  # a codec's frame may be missing
        (tmp_path / "in" / f"{name}.wav").write_bytes(recording(tone(seconds)))
    repeating = [
        AudioClassifier(frames, loudness, GENRES, Segmenter(RATE, length=length, short="repeat"))
        for length in (0.25, 1.0, None)
    ]
    predict(repeating, tmp_path / "in", tmp_path / "out", figures=False)
    told = "1 file is shorter than a segment (1 s), and repeated or padded with zeros to fill it: half.wav."
    assert caplog.messages == [told]
    caplog.clear()
    predict(repeating[:1], tmp_path / "in", tmp_path / "out", figures=False)
    assert caplog.messages == []
