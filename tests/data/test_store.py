import contextlib
import json
import multiprocessing
import shutil
import threading
import time
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pytest
import soundfile as sf
import torch
from made_audio import RATE, write_corpus, write_track

from musicgenre.data.audio import ffmpeg, source
from musicgenre.data.audio.decode import AudioError, read_audio
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store import feature_store as store
from musicgenre.data.store.extract import AudioExtractor, Extracted
from musicgenre.data.store.feature_store import FeatureStore, open_store, store_key
from musicgenre.errors import MusicGenreError
from musicgenre.features import LogMel, MelImage
from musicgenre.files import cache_dir, unreadable_reason


def make_extractor(length: float = 1.0, n_mels: int = 16, **cutting: Any) -> AudioExtractor:
    front_end = LogMel(RATE, n_fft=1024, n_mels=n_mels).eval()
    return AudioExtractor(front_end, Segmenter(RATE, length=length, **cutting), RATE)


@dataclass(frozen=True)
class Counter:
    """Extracts with another extractor and notes each file it is asked for."""

    inner: AudioExtractor
    asked: list[str] = field(default_factory=list)

    @property
    def settings(self) -> str:
        return self.inner.settings

    def __call__(self, path: Path) -> Extracted:
        self.asked.append(path.name)
        return self.inner(path)


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "_opened", {})


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Two genres of three tracks of 2.5 s, which a test may damage."""
    return scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=3, seconds=2.5))


def folder_of(opened: FeatureStore) -> Path:
    return cache_dir() / "features" / opened.key


def next_process() -> None:
    """Forget the store that this process has open."""
    store._opened.clear()


def same(one: FeatureStore, other: FeatureStore) -> bool:
    return np.array_equal(one.features, other.features) and one.segments.equals(other.segments)


def test_features_are_those_of_each_segment(corpus: Corpus) -> None:
    opened = open_store(corpus, make_extractor(overlap=0.5), progress=False)
    assert opened.features.shape == (6 * 4, 1, 16, 44)
    assert opened.features.dtype == np.float32
    assert list(opened.segments.columns) == ["track", "genre", "label", "start", "seconds"]
    assert list(opened.segments.track.unique()) == [track.id for track in corpus.tracks]
    front_end = LogMel(RATE, n_fft=1024, n_mels=16)
    for number, row in enumerate(opened.segments.to_dict("records")):
        assert corpus.genres[row["label"]] == row["genre"]
        waveform = torch.tensor(read_audio(corpus.root / row["track"], RATE))
        first = round(row["start"] * RATE)
        expected = front_end(waveform[None, first : first + RATE])[0].numpy()
        assert np.allclose(opened.features[number], expected, atol=1e-3)
    assert list(opened.segments.start[:4]) == [0.0, 0.5, 1.0, 1.5]
    assert (opened.segments.seconds == 1.0).all()


def test_second_opening_computes_nothing(corpus: Corpus) -> None:
    extractor = Counter(make_extractor())
    first = open_store(corpus, extractor, progress=False)
    assert first.computed
    assert len(extractor.asked) == 6
    next_process()
    second = open_store(corpus, extractor, progress=False)
    assert not second.computed
    assert len(extractor.asked) == 6
    assert same(first, second)
    assert second.key == first.key


def test_features_cannot_be_written_to_by_mistake(corpus: Corpus) -> None:
    opened = open_store(corpus, make_extractor(), progress=False)
    before = (folder_of(opened) / "features.bin").read_bytes()
    with contextlib.suppress(ValueError):  # read-only, or a private copy of the page
        opened.features[0] = 0
    assert (folder_of(opened) / "features.bin").read_bytes() == before


@pytest.mark.parametrize(
    "changed",
    [
        make_extractor(length=0.5),
        make_extractor(overlap=0.5),
        make_extractor(short="pad"),
        make_extractor(max_segments=1),
        make_extractor(n_mels=15),
        AudioExtractor(LogMel(RATE, n_fft=1024, hop_length=256, n_mels=16), Segmenter(RATE, length=1.0), RATE),
        AudioExtractor(LogMel(RATE, n_fft=1024, n_mels=16, ref=1.0), Segmenter(RATE, length=1.0), RATE),
        AudioExtractor(LogMel(RATE, n_fft=1024, n_mels=16, top_db=60.0), Segmenter(RATE, length=1.0), RATE),
        AudioExtractor(LogMel(RATE, n_fft=1024, n_mels=16, f_min=50.0), Segmenter(RATE, length=1.0), RATE),
    ],
    ids=["length", "overlap", "short", "max_segments", "n_mels", "hop_length", "ref", "top_db", "f_min"],
)
def test_every_setting_changes_the_key(corpus: Corpus, changed: AudioExtractor) -> None:
    assert store_key(corpus, changed) != store_key(corpus, make_extractor())


def test_equal_settings_give_equal_keys(corpus: Corpus) -> None:
    assert store_key(corpus, make_extractor()) == store_key(corpus, make_extractor())
    whole = store_key(corpus, make_extractor(length=1.0, overlap=0.0))
    assert store_key(corpus, make_extractor(length=1, overlap=0)) == whole
    assert store_key(corpus, make_extractor(length=np.float64(1), overlap=np.float32(0))) == whole


@pytest.mark.parametrize("package", ["librosa", "pillow", "transformers"])
def test_another_version_of_what_computes_changes_the_key(
    corpus: Corpus, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = store_key(corpus, make_extractor())
    monkeypatch.setattr(store, "version", lambda name: "0.0.1" if name == package else version(name))
    monkeypatch.setattr(store, "code_versions", store.code_versions.__wrapped__)
    assert store_key(corpus, make_extractor()) != key


def test_content_of_a_file_changes_the_key_and_its_place_does_not(corpus: Corpus, tmp_path: Path) -> None:
    key = store_key(corpus, make_extractor())
    copied = scan(shutil.copytree(corpus.root, tmp_path / "copied"))
    assert store_key(copied, make_extractor()) == key
    write_track(corpus.root / "hum/hum.00001.wav", "hum", 77, 2.5)  # of the same size as before
    assert store_key(corpus, make_extractor()) != key


def test_changed_file_is_read_again(corpus: Corpus) -> None:
    before = open_store(corpus, make_extractor(), progress=False)
    write_track(corpus.root / "hum/hum.00001.wav", "hum", 77, 2.5)
    after = open_store(corpus, make_extractor(), progress=False)
    differ = [not np.array_equal(a, b) for a, b in zip(before.features, after.features, strict=True)]
    assert set(before.segments.track[differ]) == {"hum/hum.00001.wav"}


def damage_a_byte(folder: Path) -> None:
    content = bytearray((folder / "features.bin").read_bytes())
    content[1000] ^= 1
    (folder / "features.bin").write_bytes(content)


def cut_off(folder: Path) -> None:
    content = (folder / "features.bin").read_bytes()
    (folder / "features.bin").write_bytes(content[:-4])


def lose_index(folder: Path) -> None:
    (folder / "index.json").unlink()


def cut_off_index(folder: Path) -> None:
    text = (folder / "index.json").read_text()
    (folder / "index.json").write_text(text[:20])


def strip_index(folder: Path) -> None:
    (folder / "index.json").write_text("[]")


def lose_a_track(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text())
    index["starts"].popitem()
    (folder / "index.json").write_text(json.dumps(index))


def lose_features(folder: Path) -> None:
    (folder / "features.bin").unlink()


def become_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


@pytest.mark.parametrize(
    "damage",
    [damage_a_byte, cut_off, lose_index, cut_off_index, strip_index, lose_a_track, lose_features, become_a_file],
)
def test_damaged_store_is_announced_and_made_again(
    corpus: Corpus, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = open_store(corpus, make_extractor(), progress=False)
    kept = np.array(first.features)
    damage(folder_of(first))
    next_process()
    again = open_store(corpus, make_extractor(), progress=False)
    assert again.computed
    assert "damaged: computing them again" in caplog.text
    assert str(folder_of(first)) in caplog.text
    assert np.array_equal(again.features, kept)
    caplog.clear()
    next_process()
    assert not open_store(corpus, make_extractor(), progress=False).computed
    assert not caplog.text


def test_what_a_killed_process_left_is_not_taken_for_features(corpus: Corpus) -> None:
    key = store_key(corpus, make_extractor())
    left = cache_dir() / "features" / f".{key}.abc123"
    left.mkdir(parents=True)
    (left / "features.bin").write_bytes(b"half of it")
    opened = open_store(corpus, make_extractor(), progress=False)
    assert opened.computed
    assert len(opened.features) == 12
    assert not left.exists()


def test_error_in_the_middle_leaves_nothing(corpus: Corpus) -> None:
    @dataclass(frozen=True)
    class Failing(Counter):
        def __call__(self, path: Path) -> Extracted:
            if path.name == "hum.00002.wav":
                raise RuntimeError("out of memory")
            return self.inner(path)

    with pytest.raises(RuntimeError, match="out of memory"):
        open_store(corpus, Failing(make_extractor()), progress=False)
    assert [path.name for path in (cache_dir() / "features").iterdir() if path.is_dir()] == []
    assert open_store(corpus, make_extractor(), progress=False).computed


def test_a_track_that_is_changed_before_it_is_read_is_told(corpus: Corpus) -> None:
    """Its features would be kept under the hash of what it was."""
    first, last = corpus.tracks[0].path, corpus.tracks[-1].path
    content = last.read_bytes()

    @dataclass(frozen=True)
    class Meanwhile(Counter):
        written: bytes = b""

        def __call__(self, path: Path) -> Extracted:
            if path == first:
                last.write_bytes(self.written)
            return self.inner(path)

    for written in (first.read_bytes(), b""):
        with pytest.raises(MusicGenreError, match=r"hum\.00002\.wav was changed while the tracks were read: run again"):
            open_store(corpus, Meanwhile(make_extractor(), written=written), progress=False)
        assert [path.name for path in (cache_dir() / "features").iterdir() if path.is_dir()] == []
        last.write_bytes(content)
    assert open_store(corpus, Meanwhile(make_extractor(), written=content), progress=False).computed  # only touched


def test_unusable_file_is_skipped_with_its_reason(corpus: Corpus) -> None:
    (corpus.root / "drone/drone.00001.wav").write_bytes(b"")
    sf.write(corpus.root / "hum/hum.00000.wav", np.zeros(3 * RATE), RATE)
    opened = open_store(corpus, make_extractor(), progress=False)
    assert opened.skipped.track.tolist() == ["drone/drone.00001.wav", "hum/hum.00000.wav"]
    assert opened.skipped.reason.tolist() == ["empty file (0 bytes)", "silent (every sample is 0)"]
    assert len(opened.segments) == 4 * 2
    next_process()
    again = open_store(corpus, make_extractor(), progress=False)
    assert not again.computed
    assert again.skipped.equals(opened.skipped)


def no_audio(path: Path) -> None:
    raise AudioError("no audio in it")


def test_what_the_machine_could_not_read_is_tried_again(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    (corpus.root / "drone/drone.00001.wav").write_bytes(b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(200))
    real = unreadable_reason

    def refuse(path: Path) -> str | None:
        return "cannot be opened ([Errno 24] Too many open files)" if path.stem == "hum.00000" else real(path)

    monkeypatch.setattr(ffmpeg, "installed", lambda: False)
    monkeypatch.setattr(source, "unreadable_reason", refuse)
    extractor = Counter(make_extractor())
    first = open_store(corpus, extractor, progress=False)
    assert first.skipped.track.tolist() == ["drone/drone.00001.wav", "hum/hum.00000.wav"]
    next_process()
    extractor.asked.clear()
    assert not open_store(corpus, extractor, progress=False).computed
    assert extractor.asked == ["drone.00001.wav", "hum.00000.wav"]  # only those that could not be read
    monkeypatch.setattr(source, "unreadable_reason", real)
    next_process()
    second = open_store(corpus, extractor, progress=False)
    assert second.skipped.track.tolist() == ["drone/drone.00001.wav"]
    assert (second.computed, len(second.segments)) == (True, 5 * 2)
    assert second.key != first.key  # other tracks: a run neither resumes nor is complete with them
    monkeypatch.setattr(ffmpeg, "installed", lambda: True)
    monkeypatch.setattr(ffmpeg, "Decoder", no_audio)
    for computed in (True, False):  # read, and found not to be audio
        next_process()
        third = open_store(corpus, extractor, progress=False)
        assert (third.skipped.reason[0], third.computed) == ("MP4/AAC audio: no audio in it", computed)


def test_a_long_track_that_is_too_short_is_told_with_its_length(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 15 * RATE), RATE)
    with pytest.raises(AudioError, match=r"^too short: 15\.00 s, but the run needs 30 s"):
        make_extractor(length=30.0)(tmp_path / "a.flac")


@pytest.mark.parametrize("cached", [False, True])
def test_on_error_raise_names_the_file(corpus: Corpus, cached: bool) -> None:
    (corpus.root / "drone/drone.00001.wav").write_bytes(b"")
    if cached:
        open_store(corpus, make_extractor(), progress=False)
        next_process()
    with pytest.raises(MusicGenreError, match=r"drone/drone\.00001\.wav: empty file .*on_error=skip"):
        open_store(corpus, make_extractor(), on_error="raise", progress=False)


def test_unknown_on_error_is_refused(corpus: Corpus) -> None:
    with pytest.raises(MusicGenreError, match="skip or raise"):
        open_store(corpus, make_extractor(), on_error="ignore", progress=False)


def test_corpus_without_a_usable_file_is_an_error(corpus: Corpus) -> None:
    for track in corpus.tracks:
        track.path.write_bytes(b"")
    with pytest.raises(MusicGenreError, match=r"No track in .* could be used \(6 tried: "):
        open_store(corpus, make_extractor(), progress=False)


def test_segments_of_different_length_are_refused(corpus: Corpus) -> None:
    write_track(corpus.root / "hum/hum.00001.wav", "hum", 1, seconds=3.0)
    whole = AudioExtractor(LogMel(RATE, n_fft=1024, n_mels=16), Segmenter(RATE, length=None), RATE)
    with pytest.raises(MusicGenreError, match=r"hum\.00001\.wav gives features of shape"):
        open_store(corpus, whole, progress=False)


def test_whole_tracks_keep_their_own_lengths(corpus: Corpus) -> None:
    write_track(corpus.root / "hum/hum.00002.wav", "hum", 1, seconds=1.0)
    front_end = MelImage(RATE, size=16, n_fft=1024)
    data = GenreDataModule(corpus, front_end, length=None, split=lambda _, rows: np.full(len(rows), "train"))
    assert data.segments.seconds.tolist() == [2.5] * 5 + [1.0]
    assert data.card().seconds == 2.5


def test_torch_keeps_its_threads(corpus: Corpus) -> None:
    before = torch.get_num_threads()
    open_store(corpus, make_extractor(), progress=False)
    assert torch.get_num_threads() == before


def test_index_says_what_the_file_holds(corpus: Corpus) -> None:
    opened = open_store(corpus, make_extractor(), progress=False)
    index = json.loads((folder_of(opened) / "index.json").read_text())
    assert index["shape"] == [1, 16, 44]
    assert (folder_of(opened) / "features.bin").stat().st_size == 12 * 16 * 44 * 4


def open_in_process(root: Path, results: Any) -> None:
    opened = open_store(scan(root), make_extractor(), progress=False)
    results.put((opened.computed, float(np.sum(opened.features))))


def test_two_processes_at_once_compute_once(corpus: Corpus) -> None:
    context = multiprocessing.get_context("fork")  # a fresh process takes seconds to load torch
    results = context.Queue()
    processes = [context.Process(target=open_in_process, args=(corpus.root, results)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sorted(computed for computed, _ in found) == [False, True]
    assert found[0][1] == found[1][1]


def test_next_job_of_a_process_gets_the_store_that_is_open(corpus: Corpus) -> None:
    first = open_store(corpus, make_extractor(), progress=False)
    second = open_store(corpus, make_extractor(), progress=False)
    assert not second.computed
    assert same(first, second)
    assert len(open_store(corpus, make_extractor(length=0.5), progress=False).features) == 6 * 5


def test_a_store_that_is_open_does_not_keep_the_labels_of_another_corpus(corpus: Corpus) -> None:
    first = open_store(corpus, make_extractor(), progress=False)
    other = {"drone": "hum", "hum": "drone"}
    swapped = replace(corpus, tracks=tuple(replace(track, genre=other[track.genre]) for track in corpus.tracks))
    second = open_store(swapped, make_extractor(), progress=False)
    assert (second.key, second.computed) == (first.key, False)
    assert second.segments.genre.tolist() == [other[genre] for genre in first.segments.genre]
    assert second.segments.label.tolist() == [1 - label for label in first.segments.label]
    more = open_store(replace(corpus, genres=("blues", "drone", "hum")), make_extractor(), progress=False)
    assert more.segments.label.tolist() == [label + 1 for label in first.segments.label]


def test_whoever_waits_for_another_process_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = threading.Event()

    def hold() -> None:
        with filelock.FileLock(tmp_path / "key.lock"):
            held.set()
            time.sleep(0.2)

    threading.Thread(target=hold).start()
    held.wait(10)
    with caplog.at_level("INFO"):
        for _ in range(2):
            with store._locked(tmp_path / "key"):
                pass
    assert caplog.messages == ["Another process computes these features: waiting for it."]
