import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from command_line import TINY, Result, fails, musicgenre, train
from made_audio import RATE, make_track, write_corpus
from made_runs import write_sweep

from musicgenre.data.corpus.scan import scan


def prepare(root: Path, tmp_path: Path, *overrides: str) -> Result:
    """Only read a folder of genres: `prepare` reports the same about it as `train`."""
    out = f"hydra.run.dir={tmp_path / 'out'}"
    return musicgenre("prepare", "data=folder", f"data.root={root}", "segments.length=1", out, *overrides)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("whole"), ("drone", "hum"), tracks=5, seconds=2.0)


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A corpus of two genres that a test may damage."""
    return shutil.copytree(whole, tmp_path / "corpus")


def test_missing_root(tmp_path: Path) -> None:
    fails(train(tmp_path / "run", tmp_path / "nowhere"), f"no folder {tmp_path / 'nowhere'}")


def test_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("music")
    fails(train(tmp_path / "run", tmp_path / "file"), f"{tmp_path / 'file'} is a file")


def test_a_similar_folder_is_offered_for_a_missing_root(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", root.with_name(f"{root.name}s")), f"check data.root. Did you mean {root.name}?")


def test_empty_root(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fails(train(tmp_path / "run", tmp_path / "empty"), f"{tmp_path / 'empty'} is empty", ".wav")


def test_root_too_high_up(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", tmp_path), f"{tmp_path} is too high up", f"give {root}")


def test_root_too_far_down(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", root / "drone"), "give its parent", str(root))


def test_root_is_asked_for(tmp_path: Path) -> None:
    fails(musicgenre("train", *TINY, "data=folder", f"hydra.run.dir={tmp_path}"), "data.root is not set", "data.root=")


def test_genre_without_audio(tmp_path: Path, root: Path) -> None:
    (root / "silence").mkdir()
    fails(train(tmp_path / "run", root), "file in silence", "'data.genres=[drone,hum]'")


def test_single_genre(tmp_path: Path, root: Path) -> None:
    shutil.rmtree(root / "hum")
    fails(train(tmp_path / "run", root), "only one genre (drone)")


def test_the_folder_of_the_data_is_no_run_folder(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "music", tracks=4)
    fails(train(root, root), f"{root} is the folder of the data, and cannot be the run folder too")
    assert not (root / "checkpoints").exists() and not (root / "split.csv").exists()


def test_split_by_artists_that_nobody_knows(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "few", tracks=2, seconds=1.0)
    fails(train(tmp_path / "run", root, "split=artist_kfold"), "no track in", "has a known artist")


def test_unknown_genre_is_answered_with_those_there_are(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", root, "data.genres=[drone,hums]"), "no genre hums", "Did you mean hum?")


def test_gtzan_without_its_genres(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", root, "data=gtzan"), "lacks GTZAN's blues", "data=folder")


def test_path_with_special_characters(tmp_path: Path, root: Path) -> None:
    odd = root.rename(tmp_path / "my music (1), a=b")
    quoted = f'data.root="{odd}"'
    out = f"hydra.run.dir={tmp_path / 'out'}"
    asked = musicgenre("prepare", "data=folder", quoted, "segments.length=1", out)
    for result in (prepare(odd, tmp_path), asked):  # unquoted, and in quotes
        assert result.status == 0, result.text
        assert f"{odd}: 10 tracks of 2 genres, 20 segments" in result.out


def spoil(genre: Path) -> dict[str, str]:
    """Add unusable files beside the good ones; return part of the reason given for each."""
    good = (genre / f"{genre.name}.00000.wav").read_bytes()
    (genre / "empty.wav").write_bytes(b"")
    (genre / "truncated.wav").write_bytes(good[: len(good) // 2])
    (genre / "text.mp3").write_text("no music at all\n" * 100)
    (genre / "header.wav").write_bytes(good[:44])
    sf.write(genre / "silent.wav", np.zeros(2 * RATE, np.float32), RATE)
    sf.write(genre / "nan.wav", np.full(2 * RATE, math.nan, np.float32), RATE, subtype="FLOAT")
    sf.write(genre / "blink.wav", make_track(genre.name, 0, 0.05), RATE)
    sf.write(genre / "short.wav", make_track(genre.name, 0, 0.9), RATE)
    (genre / "link.wav").symlink_to("nowhere.wav")
    (genre / "notes.txt").write_text("not a track")
    return {
        "empty.wav": "empty file (0 bytes)",
        "truncated.wav": "truncated",
        "text.mp3": "not readable as audio",
        "header.wav": "holds no samples",
        "silent.wav": "silent",
        "nan.wav": "NaN",
        "blink.wav": "too short: 0.05 s",
        "short.wav": "too short: 0.90 s",
        "link.wav": "broken link",
        "notes.txt": "not .wav",
    }


def test_unusable_files_are_skipped_counted_and_named(tmp_path: Path, root: Path) -> None:
    reasons = spoil(root / "hum")
    result = train(tmp_path / "run", root, "trainer.max_epochs=1")
    assert result.status == 0, result.text
    assert "Traceback" not in result.text
    assert "2 genres, 10 tracks, 20 segments" in result.text
    assert f"{len(reasons)} files left out:" in result.text
    skipped = pd.read_csv(tmp_path / "run" / "skipped.csv").set_index("track").reason
    assert set(skipped.index) == {f"hum/{name}" for name in reasons}
    for name, reason in reasons.items():
        assert reason in skipped[f"hum/{name}"], name
        assert f"hum/{name}: {skipped[f'hum/{name}']}" in result.text
    assert not set(pd.read_csv(tmp_path / "run" / "split.csv").track) & set(skipped.index)


def test_prepare_names_what_it_skips(tmp_path: Path, root: Path) -> None:
    reasons = spoil(root / "hum")
    del reasons["notes.txt"]  # not a track, so never read
    result = prepare(root, tmp_path)
    assert result.status == 0, result.text
    assert f"{len(reasons)} tracks skipped" in result.text
    assert "10 tracks of 2 genres, 20 segments of 1 x 64 x 44" in result.text
    assert all(f"hum/{name}: " in result.text for name in reasons)


@pytest.mark.parametrize("name", ["text.mp3", "silent.wav", "blink.wav"])
def test_on_error_raise_stops_at_an_unusable_file(tmp_path: Path, root: Path, name: str) -> None:
    reasons = spoil(root / "hum")
    for other in set(reasons) - {name}:
        (root / "hum" / other).unlink()
    fails(prepare(root, tmp_path, "on_error=raise"), f"hum/{name}", reasons[name], "on_error=skip")
    assert prepare(root, tmp_path).status == 0  # skipped, and cached as such
    fails(prepare(root, tmp_path, "on_error=raise"), f"hum/{name}", reasons[name])


def test_no_file_usable(tmp_path: Path, root: Path) -> None:
    for path in root.glob("*/*.wav"):
        path.write_bytes(b"")
    fails(train(tmp_path / "run", root), f"No track in {root} could be used (10 tried: ", "empty file (0 bytes)")


def test_whole_genre_unusable(tmp_path: Path, root: Path) -> None:
    for path in root.glob("hum/*.wav"):
        path.write_bytes(b"")
    fails(train(tmp_path / "run", root), "No track of hum", "hum/hum.00000.wav: empty file (0 bytes)", "data.genres=[")


def test_pictures_need_the_picture_front_end(tmp_path: Path) -> None:
    for genre in ("drone", "hum"):
        (tmp_path / "pictures" / genre).mkdir(parents=True)
        (tmp_path / "pictures" / genre / "a.png").write_bytes(b"")
    assert scan(tmp_path / "pictures", kind="picture").genres == ("drone", "hum")
    fails(train(tmp_path / "run", tmp_path / "pictures", "data=mel_images"), "features=picture or mel_image")
    fails(train(tmp_path / "run", tmp_path / "pictures"), "holds pictures")


def test_whole_tracks_need_a_front_end_of_one_size(tmp_path: Path, root: Path) -> None:
    fails(train(tmp_path / "run", root, "segments.length=null"), "segments.length=null", "features=mel_image")


def test_unwritable_run_folder(tmp_path: Path, root: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "run"
    fails(train(folder, root), f"Cannot write {folder}", "Choose another hydra.run.dir")


@pytest.mark.parametrize(
    ("in_the_way", "said"),
    [
        ((".hydra",), "Cannot write {folder}/.hydra/config.yaml: {folder}/.hydra is not a folder."),
        (("figures",), "Cannot write {folder}/figures/forest.png: {folder}/figures is not a folder."),
        (("musicgenre.log/", ".hydra/config.yaml/"), "Cannot write {folder}/.hydra/config.yaml: Is a directory."),
    ],
)
def test_results_that_cannot_be_written_are_one_sentence(
    in_the_way: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    sweep, folder = write_sweep(tmp_path / "sweep", adam=(4, 3), sgd=(2, 1)), tmp_path / "out"
    for name in in_the_way:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).mkdir(parents=True) if name.endswith("/") else (folder / name).write_text("")
    result = musicgenre("compare", f"runs={sweep}", "by=optimizer", f"hydra.run.dir={folder}")
    text = fails(result, said.format(folder=folder) + " Choose another folder, for example with hydra.run.dir.")
    assert len(text.splitlines()) == 1
    assert not [path for path in folder.rglob(".*") if path.name not in (".hydra", ".lock")]  # no drafts


def test_a_log_that_cannot_be_written_keeps_nothing_from_its_results(tmp_path: Path) -> None:
    (tmp_path / "out" / "musicgenre.log").mkdir(parents=True)
    (write_sweep(tmp_path / "sweep", adam=(4, 3), sgd=(2, 1)) / "0" / "metrics.json").unlink()  # which gets logged
    result = musicgenre("compare", f"runs={tmp_path / 'sweep'}", "by=optimizer", f"hydra.run.dir={tmp_path / 'out'}")
    assert result.status == 0 and "is left out: it is not finished" in result.text, result.text


def test_unwritable_cache(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "file" / "cache"))
    fails(train(tmp_path / "run", root), f"{tmp_path / 'file' / 'cache'} cannot be written to", "MUSICGENRE_CACHE")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("audit.csv", ("audit", "data=folder", "data.root={root}")),
        ("tracks.csv", ("compare", "runs={root}", "by=optimizer")),
        ("waveforms.png", ("explore", "data.root={root}")),
        ("model.pt2", ("export", "run={root}", "format=pt2")),
        ("samples.npz", ("generate", "run={root}")),
        ("features.csv", ("prepare", "data=folder", "data.root={root}", "features=table", "segments.length=null")),
        ("results.csv", ("report", "runs={root}")),
    ],
)
def test_no_command_writes_over_somebody_elses_files(
    name: str, arguments: tuple[str, ...], corpus_root: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("mine")
    result = musicgenre(*(text.format(root=corpus_root) for text in arguments), f"hydra.run.dir={tmp_path}")
    fails(result, f"{tmp_path} holds {name}, which musicgenre {arguments[0]} did not write and would overwrite")
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / ".hydra").exists()
