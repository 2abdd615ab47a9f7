from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_corpus import make_segments

from musicgenre.data.corpus.artists import with_artists
from musicgenre.data.corpus.copies import with_copies
from musicgenre.data.corpus.part_names import recording_key
from musicgenre.data.corpus.recordings import ambiguous_stems, with_recordings
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import Corpus, Track, track_key
from musicgenre.data.recorded import find_recordings
from musicgenre.data.splits import (
    artist_kfold,
    filtered,
    folders,
    genres_without,
    random_tracks,
    shared_between,
    stratified,
)


def make(*names: str, genre: str = "rock", suffix: str = ".wav") -> Corpus:
    tracks = tuple(Track(f"{genre}/{name}{suffix}", genre, Path(name)) for name in names)
    return with_recordings(Corpus(Path("root"), (genre,), tracks))


def clips(genre: str, tracks: int, parts: int, form: str = "{}.{:05}.{}.wav") -> list[Track]:
    ids = [f"{genre}/{form.format(genre, n, part)}" for n in range(tracks) for part in range(parts)]
    return [Track(id, genre, Path(id)) for id in ids]


@pytest.mark.parametrize(
    ("name", "recording"),
    [
        ("blues.00000.3.wav", "blues.00000"),
        ("blues_00000_part2.wav", "blues.00000"),
        ("Blues00000_3.png", "blues.00000"),
        ("blues.00000.wav", "blues.00000"),
        ("blues.00099.au.wav", "blues.00099"),
        ("hip-hop.00000.3.au", "hip-hop.00000"),
        ("x.00012.4.flac", "x.00012"),
        ("song_part2of5.mp3", "song"),
        ("song_0m30s-1m00s.wav", "song"),
        ("song_1m30s-1m00s.wav", "song_1m30s-1m00s"),
        ("Song (Part 2).mp3", "song"),
        ("song-clip-3.wav", "song"),
        ("Shine On, Pt. I.mp3", "shine on"),
        ("Shine On (Pt. XIX).mp3", "shine on"),
        ("Brick (Part One).mp3", "brick"),
        ("Brick - Part Ten.mp3", "brick"),
        ("Moon Part 1 - Rise.mp3", "moon"),
        ("Moon, Part II: Set (live).mp3", "moon"),
        ("Day, Pt. 1.mp3", "day"),
        ("Day_(Teil 2 of 3).mp3", "day"),
        ("Jour, 2e partie 3.mp3", "jour, 2e"),
        ("Moon Part Time.mp3", "moon part time"),
        ("Moon Part Ix Chel.mp3", "moon part ix chel"),
        ("The Parting Glass 2.mp3", "the parting glass 2"),
        ("Urteil 2.mp3", "urteil 2"),
        ("Clip One.mp3", "clip one"),
        ("Part One.mp3", "part one"),
        ("track01_chunk2.flac", "track01"),
        ("yt_30.000_40.000.wav", "yt"),
        ("song_3s-6s.wav", "song"),
        ("clip_003.wav", "clip_003"),  # names nothing that it could be a clip of
        ("depart 3.wav", "depart 3"),
        ("live_1967-1969.wav", "live_1967-1969"),
        ("live_1969-07-12.wav", "live_1969-07-12"),
        ("fma_000123.mp3", "fma_000123"),
        ("07 - track.v2.wav", "07 - track.v2"),
        ("0_jazz.00000.wav", "jazz.00000"),
        ("chunk12_jazz.00000.wav", "jazz.00000"),
        ("2 hip-hop.00007.mp3", "hip-hop.00007"),
    ],
)
def test_names_that_certainly_are_parts(name: str, recording: str) -> None:
    assert recording_key(track_key(name), "jazz") == recording


@pytest.mark.parametrize(
    ("names", "recordings", "open_stems"),
    [
        (("a_1", "a_2", "b_1", "b_2"), ["a", "a", "b", "b"], []),
        (("a.0", "a.1", "b.0", "b.1"), ["a", "a", "b", "b"], []),
        (("a_0-3", "a_3-6", "a_6-9", "b"), ["a", "a", "a", "b.wav"], []),
        (("a_0-3", "a_3-6", "a_6-8", "b"), ["a", "a", "a", "b.wav"], []),
        (("a_0-1000", "a_1000-2000", "a_2000-3000", "b"), ["a", "a", "a", "b.wav"], []),  # ms, not years
        (("a_1967-1969", "a_1969-1972", "b"), ["a_1967-1969.wav", "a_1969-1972.wav", "b.wav"], []),
        (("1969_07-12", "1969_08-14", "b"), ["1969_07-12.wav", "1969_08-14.wav", "b.wav"], []),
        (("best 1-02", "best 1-03", "b"), ["best 1-02.wav", "best 1-03.wav", "b.wav"], ["best 1"]),
        (("a (1 of 3)", "a (3 of 3)", "b_1of2", "b_2of2", "x"), ["a", "a", "b", "b", "x.wav"], []),
        (("a-0of2", "a-1of2", "b-0of2", "b-1of2", "x"), ["a", "a", "b", "b", "x.wav"], []),  # counted from 0
        (("a 1 of 3", "a 2 of 3"), ["a 1 of 3.wav", "a 2 of 3.wav"], ["a"]),  # most of a genre
        (("a 03 of 12", "a 04 of 12", "x"), ["a 03 of 12.wav", "a 04 of 12.wav", "x.wav"], ["a"]),  # album tracks
        (("a cd1 3 of 12", "a cd1 4 of 12", "x"), ["a cd1 3 of 12.wav", "a cd1 4 of 12.wav", "x.wav"], ["a cd1"]),
        (("track1_0", "track1_1", "track2_0", "track2_1"), ["track1", "track1", "track2", "track2"], []),
        (("cd1_0", "cd1_1", "x"), ["cd1_0.wav", "cd1_1.wav", "x.wav"], ["cd1"]),
        (("song 1 of 9", "song 2 of 9", "x"), ["song 1 of 9.wav", "song 2 of 9.wav", "x.wav"], ["song"]),
        (("rock 1 of 9", "rock 2 of 9", "x"), ["rock 1 of 9.wav", "rock 2 of 9.wav", "x.wav"], []),
        (("long_0", "long_1", "x", "y", "z"), ["long", "long", "x.wav", "y.wav", "z.wav"], []),
        (("song", "song_part1", "song_part2"), ["song"] * 3, []),
        (("day, pt. 1", "day (part 2)", "day - part iii", "x"), ["day"] * 3 + ["x.wav"], []),
        (("day pt.X", "day pt.XI", "day pt.XII", "x"), ["day"] * 3 + ["x.wav"], []),
        (
            ("moon part 1 - rise", "moon part 2 - set", "sun part 1 - rise"),
            ["moon", "moon", "sun part 1 - rise.wav"],
            [],
        ),
        (("song_01", "song_02", "song_03"), ["song_01.wav", "song_02.wav", "song_03.wav"], ["song"]),
        (("album_1", "album_2"), ["album_1.wav", "album_2.wav"], ["album"]),
        (("x 1", "x 2", "y"), ["x 1.wav", "x 2.wav", "y.wav"], ["x"]),
        (("rock_1", "rock_2", "rock_3"), ["rock_1.wav", "rock_2.wav", "rock_3.wav"], []),
        (("rock.00000", "rock.00001"), ["rock.00000.wav", "rock.00001.wav"], []),
        (("live_1969", "live_1970", "x"), ["live_1969.wav", "live_1970.wav", "x.wav"], []),
        (("000002_0", "000002_1", "000003_0", "000003_1"), ["000002", "000002", "000003", "000003"], []),
        (("140.0", "140.1", "x", "y"), ["140", "140", "x.wav", "y.wav"], []),
        (("1969_1", "1969_2", "x"), ["1969_1.wav", "1969_2.wav", "x.wav"], ["1969"]),
        (("0_a", "1_a", "2 a", "0_b"), ["0_a.wav", "1_a.wav", "2 a.wav", "0_b.wav"], ["a"]),
        (("01 a", "02 b", "1969_c", "1970_c"), ["01 a.wav", "02 b.wav", "1969_c.wav", "1970_c.wav"], []),
        (("x/0", "x/1.5", "y/0", "0", "1"), ["x/0.wav", "x/1.5.wav", "y/0.wav", "0.wav", "1.wav"], ["x"]),
        (("x/0", "x/1", "x/night"), ["x/0.wav", "x/1.wav", "x/night.wav"], []),
        (("1-01", "1-02", "2-01"), ["1-01.wav", "1-02.wav", "2-01.wav"], ["1"]),
        (("a_1.0", "a_1.1", "a_2.0", "a_2.1", "b"), ["a_1", "a_1", "a_2", "a_2", "b.wav"], []),
        (("a_000123", "a_000124", "b_000125"), ["a_000123.wav", "a_000124.wav", "b_000125.wav"], []),
        (("a_12000", "a_13000", "b"), ["a_12000.wav", "a_13000.wav", "b.wav"], []),  # named like GTZAN's
        (("a_10000.0", "a_10000.1", "b"), ["a.10000", "a.10000", "b.wav"], []),  # parts, named like GTZAN's
        (("a_00012.0", "a_00013.0", "b"), ["a_00012.0.wav", "a_00013.0.wav", "b.wav"], ["a"]),
        (("a_12345.1", "a_12346.1", "b"), ["a_12345.1.wav", "a_12346.1.wav", "b.wav"], []),
        (("hits 80s", "hits 90s", "b"), ["hits 80s.wav", "hits 90s.wav", "b.wav"], []),
        (("track_1.0", "track_2.0", "b"), ["track_1.0.wav", "track_2.0.wav", "b.wav"], ["track"]),  # ids as floats
        (
            ("01 Title", "02 Title", "2.5 minutes of", "3.5 hours"),
            [*map("{}.wav".format, ("01 Title", "02 Title", "2.5 minutes of", "3.5 hours"))],
            ["title"],
        ),
        (("a-1.5", "a-3.0", "b"), ["a-1.5.wav", "a-3.0.wav", "b.wav"], ["a"]),
        (("a_1969", "a_1970", "b_1969", "b_1970"), ["a_1969.wav", "a_1970.wav", "b_1969.wav", "b_1970.wav"], []),
    ],
)
def test_running_numbers(names: tuple[str, ...], recordings: list[str], open_stems: list[str]) -> None:
    corpus = make(*names)
    assert [track.recording for track in corpus.tracks] == [f"rock/{name}" for name in recordings]
    assert list(ambiguous_stems(corpus)) == [f"rock/{stem}" for stem in open_stems]


@pytest.mark.parametrize(
    "names",
    [
        *(
            ("beethoven - symphony no.5", "beethoven - symphony no.9"),
            ("mozart - sonata k.331", "mozart - sonata k.545"),
        ),
        *(("chopin - nocturne op.9", "chopin - nocturne op.27"), ("bach - bwv_1041", "bach - bwv_1042")),
        *(("cafe del mar vol.1", "cafe del mar vol.2"), ("podcast ep.12", "podcast ep.13"), ("mix v.1", "mix v.2")),
        *(("night v1.0", "night v1.1"), ("haydn - hob.xvi.49", "haydn - hob.xvi.50"), ("lied nr. 1", "lied nr. 2")),
        *(("gig_2019_05_04", "gig_2019_05_05"), ("gig.2019.05.04", "gig.2019.05.05"), ("gig_20190501", "gig_20190601")),
    ],
)
def test_numbers_of_works_and_dates_are_no_parts(names: tuple[str, ...]) -> None:
    corpus = make(*names, "a", "b", "c")
    assert all(track.part_of is None for track in corpus.tracks)
    assert ambiguous_stems(corpus) == {}


def test_a_title_that_ends_like_a_catalogue_is_a_recordings_or_is_told_of() -> None:
    clips = make("oh_no_0", "oh_no_1", "special_k.0", "special_k.1", "a", "b", "c")
    wholes = Counter(track.recording for track in clips.tracks if track.part_of)
    assert wholes == {"rock/oh_no": 2, "rock/special_k": 2}
    for title in ("oh_no", "j. cole - oh no", "1999 - oh no"):
        assert list(ambiguous_stems(make(f"{title}_1", f"{title}_2", "a", "b", "c"))) == [f"rock/{title}"]
    for title in ("kenny_g", "special k"):
        for numbers in (("1", "2", "3"), ("001", "002", "003")):
            assert len(ambiguous_stems(make(*(f"{title}.{number}" for number in numbers), "a", "b", "c"))) == 1


def test_what_only_ends_like_a_catalogue_is_a_part() -> None:
    names = ("piano_1", "piano_2", "loop_1", "loop_2", "step_1", "step_2", "symphony no.5_1", "symphony no.5_2")
    wholes = Counter(track.recording for track in make(*names, "a").tracks)
    assert wholes == {"rock/piano": 2, "rock/loop": 2, "rock/step": 2, "rock/symphony no.5": 2, "rock/a.wav": 1}


@pytest.mark.parametrize(
    "form",
    [
        "rock_clip_{}",
        "rock_segment_{:03}",
        "audio_clip_{}",
        "rock part {}",
        "rock_window_{}",
        "my clip {}",
        "rock_clip_{:05}",
    ],
)
def test_a_genre_whose_tracks_are_called_clips_is_no_recording(form: str) -> None:
    corpus = make(*map(form.format, range(20)), "x")
    assert all(track.part_of is None for track in corpus.tracks)
    assert [len(tracks) for tracks in ambiguous_stems(corpus).values()] == [20]


@pytest.mark.parametrize(
    "form",
    ["{}_{:05}", "{}-{:05}", "{}.{:05}", "{}_{:06}", "my {}_{:05}", "{0}_{2:05}", "{}_{:05}.0", "{0}_{1:05}.{2}"],
)
def test_counters_of_five_digits_may_count_tracks_or_clips_and_are_named(form: str) -> None:
    corpus = make(*(form.format(song, n, n + 1) for song in ("so what", "naima") for n in range(4)), "x")
    assert all(track.part_of is None for track in corpus.tracks)
    assert sorted(len(tracks) for tracks in ambiguous_stems(corpus).values()) == [4, 4]


@pytest.mark.parametrize(
    ("names", "open_stems"),
    [
        ([f"so what_{n:05}" for n in range(4)], ["so what"]),
        ([f"so what_{n:05}" for n in (0, 1, 3)] + ["x"], ["so what"]),  # the only series: it may count tracks
        ([f"my so what-{n:05}" for n in range(4)] + ["x"], ["my so what"]),
        ([f"{n:05}_so what" for n in range(4)] + ["x"], ["so what"]),
        ([f"{genre}.{n:05}" for genre in ("blues", "jazz", "rock") for n in range(9)], []),  # GTZAN's
        ([f"{form}_rock.{n:05}" for form in ("aug", "slow") for n in range(9, 12)], None),
        ([f"{n:06}" for n in range(9)], []),
        ([f"fma_{n:06}" for n in (2, 5, 10)] + [f"user_{n:06}" for n in (1, 140)], []),
    ],
)
def test_other_numbers_of_five_digits_are_tracks(names: list[str], open_stems: list[str] | None) -> None:
    corpus = make(*names)
    assert all(track.part_of is None for track in corpus.tracks) == (open_stems is not None)
    assert list(ambiguous_stems(corpus)) == [f"rock/{stem}" for stem in open_stems or []]


@pytest.mark.parametrize(
    ("names", "open_stems"),
    [
        ([f"mix_{n:05}" for n in range(0, 300, 30)], ["mix"]),  # a single title, or ids
        ([f"{word}_{n:05}" for word in ("track", "rock") for n in range(0, 300, 30)], ["track"]),
        ([f"{genre}.{n:05}" for genre in ("blues", "jazz", "rock") for n in range(0, 90, 10)], []),  # of GTZAN's
        ([f"item_{n:05}" for n in (0, 3, 12, 345)] + [f"user_{n:05}" for n in (0, 3, 140)], []),
        ([f"{title}_{n:05}" for title in ("gz", "mj") for n in range(30, 120, 30)], []),
    ],
)
def test_long_offsets_of_one_title_are_tracks_and_named(names: list[str], open_stems: list[str]) -> None:
    corpus = make(*names, "x")
    assert all(track.part_of is None for track in corpus.tracks)
    assert list(ambiguous_stems(corpus)) == [f"rock/{stem}" for stem in open_stems]


@pytest.mark.parametrize(
    ("names", "recordings"),
    [
        ([f"{song}_clip_{n}" for song in ("so what", "nica") for n in range(10)], {"so what": 10, "nica": 10}),
        ([f"so what_part{n}" for n in range(9)], {"so what": 9}),  # the names that a warning advises
        (["my", *(f"my_clip_{n}" for n in range(9))], {"my": 10}),
        ([f"{song}/rock_clip_{n}" for song in "ab" for n in range(9)], {"a/rock": 9, "b/rock": 9}),
        ([*(f"rock_clip_{n}" for n in range(4)), *"abc"], {f"rock_clip_{n}.wav": 1 for n in range(4)}),
    ],
)
def test_clips_of_several_recordings_or_of_a_whole_are_parts(names: list[str], recordings: dict[str, int]) -> None:
    found = Counter(track.recording.removeprefix("rock/") for track in make(*names).tracks)
    assert {name: n for name, n in found.items() if name not in {"a.wav", "b.wav", "c.wav"}} == recordings


@pytest.mark.parametrize(
    "numbers",
    [
        range(0, 30000, 3000),  # ms
        range(0, 661500, 66150),  # samples
        [f"{n * 1.5:.1f}" for n in range(10)],
        [f"{n * 0.5:.2f}" for n in range(10)],
        [f"{n * 2.5:g}" for n in range(10)],
        [f"{n * 3000.0}" for n in range(10)],  # ms
        [f"{n * 1500.0}" for n in range(4, 9)],
        [f"{n * 4000 / 3:.3f}" for n in range(10)],
        [f"{n * 4000 / 3:.1f}ms" for n in range(20)],
        [f"{n * 2.5}s" for n in range(10)],
        [f"{n * 30} sec" for n in range(4)],
        [f"{n // 60}m{n % 60:02}s" for n in range(0, 300, 30)],
        ["0s", "30s", "1m00s", "1m30s", "1h00m00s"],
        range(0, 3600, 30),  # 1920, 1950, 1980, 2010 ... are not years
        [f"{n}-{n + 1000}" for n in range(0, 30000, 1000)],  # ms; 1000-2000 is not a span of years either
        [f"{n}_{min(n + 3000, 29900)}" for n in range(0, 30000, 3000)],
    ],
)
def test_clips_named_by_where_they_begin(numbers: Iterable[int | str]) -> None:
    names = [f"{song}_{number}" for song in ("blue moon", "so what") for number in numbers]
    recordings = Counter(track.recording for track in make(*names).tracks)
    assert recordings == {"rock/blue moon": len(names) / 2, "rock/so what": len(names) / 2}


OFFSETS = ["{}_{:05}", "{}-{:06}", "{} {:08}", "{}.{:05}", "{}{:05}", "{}_start{:05}", "000002{}_{:05}", "{}_f{:07}"]


@pytest.mark.parametrize("step", [3, 30, 1000])
@pytest.mark.parametrize("form", OFFSETS)
def test_titles_with_the_same_long_offsets_are_clips(form: str, step: int) -> None:
    names = {
        "jazz": [*(form.format("titlec", n * step) for n in range(3)), "x"],
        "rock": [*(form.format(song, n * step) for song in ("titlea", "titleb") for n in range(4)), "x"],
    }
    tracks = tuple(Track(f"{genre}/{name}.wav", genre, Path()) for genre in names for name in names[genre])
    corpus = with_recordings(Corpus(Path(), tuple(names), tracks))
    assert sorted(Counter(track.recording for track in corpus.tracks).values()) == [1, 1, 3, 4, 4]
    assert ambiguous_stems(corpus) == {}


@pytest.mark.parametrize("song", ["night_", "night-", "night ", "song.", "so what now_", "000123_", "night ("])
@pytest.mark.parametrize("unit", ["{:.1f}", "{:.1f}ms", "{:g} s"])
def test_clips_named_by_what_is_certainly_a_time(song: str, unit: str) -> None:
    if song == "night (":
        unit += ")"
    whole = song.rstrip("_- .(")
    names = [f"{song}{unit.format(n * 3000)}" for n in range(10)]
    corpus = make(*names, *"abc")
    assert [track.recording for track in corpus.tracks] == [f"rock/{whole}"] * 10 + [f"rock/{n}.wav" for n in "abc"]


@pytest.mark.parametrize("form", ["{}.{:05}.{}.wav", "{}_{:05}_part{}.wav", "{1:03}_{2}.wav", "{0} {1} (clip {2}).png"])
def test_no_split_divides_a_recording(form: str) -> None:
    tracks = [track for genre in ("jazz", "rock") for track in clips(genre, 6, 3, form.replace("{}", "{}"))]
    if form == "{1:03}_{2}.wav":
        tracks = [Track(track.id.replace("/", "/night "), track.genre, track.path) for track in tracks]
    corpus = with_recordings(Corpus(Path("root"), ("jazz", "rock"), tuple(tracks)))
    assert len({track.recording for track in corpus.tracks}) == 12
    segments = make_segments(corpus)
    for split in (stratified(fractions=(0.5, 0.25, 0.25)), random_tracks(fractions=(0.5, 0.25, 0.25))):
        found = shared_between(segments, split(corpus, segments), corpus)
        assert (found["recordings"], found["tracks"]) == (0, 0)


@pytest.mark.parametrize(
    ("ids", "recordings"),
    [
        (("train/jazz/jazz.00000.0.wav", "val/jazz/jazz.00000.1.wav"), ["jazz/jazz.00000"] * 2),
        (("train/jazz/nica part1.wav", "test/jazz/nica part2.wav"), ["jazz/nica"] * 2),
        (("Training/jazz/song.wav", "test/jazz/song_clip2.wav"), ["jazz/song"] * 2),
        (("train/jazz/01.wav", "test/jazz/01.wav"), ["train/jazz/01.wav", "test/jazz/01.wav"]),  # renumbered in each
        (("jazz/clips0/jazz.00000.0.wav", "jazz/clips1/jazz.00000.1.wav"), ["jazz/jazz.00000"] * 2),
        (("jazz/jazz.00000/0.wav", "jazz/jazz.00000/1.wav"), ["jazz/jazz.00000"] * 2),
        (("jazz/jazz.00000/segments/0.wav", "jazz/jazz.00000/segments/1.wav"), ["jazz/jazz.00000"] * 2),
        (("jazz/jazz.00000.wav", "jazz/aug_jazz.00000.wav", "jazz/pitch-jazz.00000.wav"), ["jazz/jazz.00000"] * 3),
        (("jazz/aug/slow jazz.00000.3.wav", "jazz/x_y_z_jazz.00000.wav"), ["jazz/jazz.00000"] * 2),
        (
            ("jazz/acid_00001/x/a.wav", "jazz/acid_00001/x/b.wav"),
            ["jazz/acid_00001/x/a.wav", "jazz/acid_00001/x/b.wav"],
        ),
        (("jazz/user00012_a.mp3", "jazz/user00012_b.mp3"), ["jazz/user00012_a.mp3", "jazz/user00012_b.mp3"]),
        (("jazz/A/audio00001.mp3", "jazz/B/audio00001.mp3"), ["jazz/A/audio00001.mp3", "jazz/B/audio00001.mp3"]),
        (("au/jazz.00000.au", "wav/jazz.00000.wav"), ["jazz/jazz.00000"] * 2),  # as in a table of labels
        (
            ("jazz/Ann/symphony 1 of 9.wav", "jazz/Bob/symphony 2 of 9.wav"),
            ["jazz/Ann/symphony 1 of 9.wav", "jazz/Bob/symphony 2 of 9.wav"],
        ),
        (
            ("jazz/Ann/song part1.wav", "jazz/Bob/song part2.wav"),
            ["jazz/Ann/song part1.wav", "jazz/Bob/song part2.wav"],
        ),
    ],
)
def test_folders_of_recordings(ids: tuple[str, ...], recordings: list[str]) -> None:
    tracks = tuple(Track(id, "jazz", Path(), subset=subset_of(id.split("/")[0])) for id in ids)
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tracks))
    assert [track.recording for track in corpus.tracks] == recordings


@pytest.mark.parametrize(
    ("genre", "names"),
    [
        ("electronic", [f"{style}.{n:05}" for style in ("house", "techno") for n in range(9)]),
        ("rock", [f"{source}_{n:05}" for source in ("gz", "mj") for n in range(1, 9)]),
        ("rock", [f"shard{letter}/item_{n:05}" for letter in "ab" for n in range(1, 9)]),
        ("house", [f"{word}_{n:05}" for word in ("audio", "live") for n in range(9)]),
    ],
)
def test_tracks_of_several_sources_are_no_recording_each(genre: str, names: list[str]) -> None:
    assert all(track.part_of is None for track in make(*names, genre=genre).tracks)


def test_clips_of_a_gtzan_track_or_in_a_folder_of_their_own_are_one_however_few_other_tracks_there_are() -> None:
    for genre, clips_, others in (
        ("blues", [f"blues.00000_clip_{n}" for n in range(10)], ["blues.00001", "blues.00002"]),
        ("jazz", [f"Kind of Blue/so what_clip_{n}" for n in range(50)], ["x"]),
    ):
        recordings = Counter(track.recording for track in make(*clips_, *others, genre=genre).tracks)
        assert sorted(recordings.values()) == [1] * len(others) + [len(clips_)]


def test_a_gtzan_track_is_one_in_both_subsets() -> None:
    ids = [f"{subset}/jazz/jazz.00000_{n * 3}s.wav" for subset in ("train", "test") for n in range(10)]
    tracks = tuple(Track(id, "jazz", Path(), subset=subset_of(id.split("/")[0])) for id in ids)
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tracks))
    assert {track.recording for track in corpus.tracks} == {"jazz/jazz.00000"}


@pytest.mark.parametrize("genre", ["jazz", "tango"])
@pytest.mark.parametrize("folders", ["train/{0} test/{0}", "{0}/ann {0}/bob", "{0}/orig {0}/noisy"])
def test_a_name_like_gtzans_is_one_recording_in_all_folders_and_a_warning_if_these_may_count_anew(
    folders: str, genre: str, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [f"{folder}/{genre}_{n:05}.wav" for folder in folders.format(genre).split() for n in range(2)]
    by = [id.split("/")[1] if "ann" in folders else None for id in ids]
    tracks = tuple(
        Track(id, genre, Path(), artist, subset=subset_of(id.split("/")[0])) for id, artist in zip(ids, by, strict=True)
    )
    corpus = Corpus(Path(), (genre,), tracks)
    same = dict(zip(ids, "1212", strict=True))
    for content, told in ((dict.fromkeys(ids, "1"), False), (same, False), (same | {ids[0]: "3"}, True)):
        caplog.clear()
        found = find_recordings(corpus, content)
        assert Counter(track.part_of for track in found.tracks) == {f"{genre}/{genre}.0000{n}": 2 for n in range(2)}
        said = f"despite different content: {ids[0]} = {ids[2]}. If the folders number their tracks anew"
        assert any(said in message for message in caplog.messages) == (told and "orig" not in folders)


@pytest.mark.parametrize("form", ["{}_{}", "{}.{}", "{}_{}.5s"])
def test_subsets_that_count_anew_have_a_recording_each(form: str) -> None:
    ids = [
        f"{subset}/jazz/{form.format(song, n)}.wav"
        for subset in ("train", "test")
        for song in ("so what", "nica")
        for n in range(3)
    ]
    ids += ["train/jazz/so what.wav", "train/jazz/x.wav"]
    tracks = tuple(Track(id, "jazz", Path(), subset=subset_of(id.split("/")[0])) for id in ids)
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tracks))
    found = Counter(track.recording for track in corpus.tracks)
    names = [f"{subset}/jazz/{song}" for subset in ("train", "test") for song in ("so what", "nica")]
    assert found == {**dict.fromkeys(names, 3), "train/jazz/so what": 4, "train/jazz/x.wav": 1}
    segments = make_segments(corpus)
    for seed in range(5):
        assert shared_between(segments, folders(val=0.4, seed=seed)(corpus, segments), corpus)["recordings"] == 0


def test_tracks_that_are_counted_in_each_subset_stay_tracks() -> None:
    ids = [f"{subset}/jazz/my_{n}.wav" for subset, size in (("train", 6), ("test", 4)) for n in range(size)]
    tracks = tuple(Track(id, "jazz", Path(), subset=subset_of(id.split("/")[0])) for id in ids)
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tracks))
    assert all(track.part_of is None for track in corpus.tracks)
    assert list(ambiguous_stems(corpus)) == ["train/jazz/my", "test/jazz/my"]


def test_one_name_in_two_formats_or_subsets_is_told(caplog: pytest.LogCaptureFixture) -> None:
    ids: tuple[str, ...] = (
        "train/jazz/so what.wav",
        "test/jazz/so what.mp3",
        "train/jazz/nica.wav",
        "test/jazz/nica.wav",
    )
    ids += ("train/jazz/track 1.wav", "test/jazz/track 1.wav", "train/jazz/01.wav", "test/jazz/01.mp3")
    tracks = tuple(Track(id, "jazz", Path(), subset=subset_of(id.split("/")[0])) for id in ids)
    find_recordings(Corpus(Path("root"), ("jazz",), tracks), {})
    assert caplog.messages == [
        "Same name, but treated as different recordings: train/jazz/so what.wav = test/jazz/so what.mp3, "
        "train/jazz/nica.wav = test/jazz/nica.wav. If they are the same, keep one file."
    ]


def test_one_name_in_two_formats_is_a_recording_in_each_subset(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    names = [f"train/jazz/{song}" for song in ("nica", "01", "so what (part 1)", "nica_1")]
    ids = [f"{name}{suffix}" for name in names for suffix in (".wav", ".mp3")]
    tracks = tuple(Track(id, "jazz", Path(), subset=id.split("/")[0]) for id in [*ids, "test/jazz/nica.wav"])
    corpus = find_recordings(Corpus(Path("root"), ("jazz",), tracks), {})
    assert all(corpus.tracks[n].recording == corpus.tracks[n + 1].recording for n in range(0, len(ids), 2))
    assert corpus.tracks[-1].part_of is None
    assert (
        "By their names, 8 tracks are parts of 4 recordings, and are kept together: train/jazz/nica (2)"
        in (caplog.messages[0])
    )


def test_an_artist_of_any_part_is_the_recordings() -> None:
    tracks = clips("jazz", 9, 2)
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tuple(tracks)))
    artists = {f"jazz.{n:05}.0": f"artist {n % 4}" for n in range(9)}
    corpus = with_artists(corpus, artists)
    assert all(track.artist for track in corpus.tracks)
    segments = make_segments(corpus)
    found = shared_between(segments, artist_kfold(folds=4)(corpus, segments), corpus)
    assert (found["artists"], found["recordings"]) == (0, 0)
    whole = with_artists(with_recordings(Corpus(Path("root"), ("jazz",), tuple(tracks))), {"jazz.00000": "Ann"})
    assert [track.artist for track in whole.tracks[:3]] == ["Ann", "Ann", None]


def test_the_published_lists_find_clips_by_their_track() -> None:
    from torchaudio.datasets.gtzan import filtered_test, filtered_train, filtered_valid

    keys = [key for key in filtered_train + filtered_valid + filtered_test if key.startswith("blues")]
    tracks = tuple(Track(f"blues/{key}.{n}.wav", "blues", Path()) for key in keys for n in range(2))
    corpus = with_recordings(Corpus(Path("root"), ("blues",), tracks))
    subsets = filtered()(corpus, pd.DataFrame({"track": [track.id for track in tracks]})).tolist()
    assert (subsets.count("train"), subsets.count("val"), subsets.count("test")) == (92, 46, 62)


def test_copies_join_whole_recordings_and_genres_stay_together() -> None:
    tracks = [*clips("jazz", 3, 2), *clips("rock", 3, 2)]
    corpus = with_recordings(Corpus(Path("root"), ("jazz", "rock"), tuple(tracks)))
    content = {track.id: track.id for track in tracks} | {"rock/rock.00000.1.wav": "jazz/jazz.00001.0.wav"}
    joined = with_copies(corpus, content)
    together = {track.id for track in joined.tracks if track.recording == "jazz/jazz.00001"}
    assert together == {f"jazz/jazz.00001.{n}.wav" for n in (0, 1)} | {f"rock/rock.00000.{n}.wav" for n in (0, 1)}
    segments = make_segments(joined)
    for seed in range(5):
        split = random_tracks(fractions=(0.4, 0.2, 0.4), seed=seed)
        assert shared_between(segments, split(joined, segments), joined)["recordings"] == 0


def test_unreadable_files_are_no_copies_of_each_other() -> None:
    corpus = make("a", "b")
    content = dict.fromkeys(("rock/a.wav", "rock/b.wav"), "unreadable: No such file or directory")
    assert with_copies(corpus, content) == corpus


def test_few_recordings_are_dealt_as_recordings() -> None:
    corpus = with_recordings(Corpus(Path("root"), ("jazz",), tuple(clips("jazz", 2, 10))))
    segments = pd.DataFrame({"track": [track.id for track in corpus.tracks]})
    subsets = stratified()(corpus, segments).tolist()
    assert sorted(Counter(subsets).items()) == [("test", 10), ("train", 10)]


def test_whole_tracks_are_split_as_ever() -> None:
    corpus = make(*(f"rock.{n:05}" for n in range(10)))
    subsets = stratified(seed=1)(corpus, make_segments(corpus, 1))
    order = np.random.default_rng([1, __import__("zlib").crc32(b"rock")]).permutation(10)
    assert [subsets[place] for place in order] == ["train"] * 7 + ["val"] * 2 + ["test"]


@pytest.mark.parametrize("seed", range(5))
def test_validation_that_is_taken_from_training_divides_no_copies_of_two_genres(seed: int) -> None:
    ids = [f"{genre}/{name}.wav" for genre in ("jazz", "rock") for name in "abcd"]
    tracks = [Track(id, id[:4], Path(), part_of=id[5] if id[5] in "ab" else None, subset="train") for id in ids]
    corpus = Corpus(Path(), ("jazz", "rock"), tuple(tracks))
    segments = pd.DataFrame({"track": ids, "genre": [track.genre for track in tracks]})
    found = folders(val=0.5, seed=seed)(corpus, segments)
    assert shared_between(segments, found, corpus)["recordings"] == 0
    assert genres_without(segments, found) == {"test": ["jazz", "rock"]}


@pytest.mark.parametrize(
    "behind",
    [
        ("_0", "_15000"),
        ("", "_22050"),
        ("", "_20231105"),
        ("_00000", "_00009"),
        ("-3000", "-27000"),
        ("_12345", "_67891"),
    ],
)
def test_whatever_stands_behind_a_track_of_gtzan_is_a_part_of_it(behind: tuple[str, str]) -> None:
    names = [f"blues.{number:05}{text}.wav" for number in range(5) for text in behind]
    tracks = tuple(Track(f"blues/{name}", "blues", Path(name)) for name in names)
    whole = with_recordings(Corpus(Path(), ("blues",), tracks))
    assert [track.recording for track in whole.tracks] == [f"blues/blues.{n:05}" for n in range(5) for _ in behind]


SONGS = ("so what", "naima", "blue in green", "1969", "000123", "7 up")


def cut(form: Callable[[str, int], str], songs: Sequence[str] = SONGS) -> Corpus:
    return make(*(form(song, clip) for song in songs for clip in range(8)), genre="jazz")


def shown(seconds: int, form: str) -> str:
    return form.format(h=seconds // 3600, m=seconds // 60 % 60, s=seconds % 60)


@pytest.mark.parametrize(
    "form",
    [
        *("{song}_start{a}_end{b}", "{song}_start{a}s_end{b}s", "{song}_from{a}to{b}", "{song} ({a}, {b})"),
        *("{song}({a},{b})", "{song} from {a} to {b}", "part{n}_{song}", "Part {n} - {song}"),
        "part {n} of 8, {song}",
    ],
)
def test_clips_named_by_a_range_or_a_counted_part_are_one(form: str) -> None:
    corpus = cut(lambda song, n: form.format(song=song, n=n + 1, a=n * 30, b=n * 30 + 30))
    assert Counter(track.recording for track in corpus.tracks) == {f"jazz/{song}": 8 for song in SONGS}


@pytest.mark.parametrize(
    "form", ["{m:02}_{s:02}", "{m}-{s:02}", "{m:02}.{s:02}", "{h:02}_{m:02}_{s:02}", "{h:02}{m:02}{s:02}"]
)
@pytest.mark.parametrize("step", [3, 20, 50])
def test_clips_named_by_a_clock_are_one(form: str, step: int) -> None:
    times = [shown(n * step, form) for n in range(24) if n != 5]
    corpus = make(*(f"{song}_{time}" for song in SONGS[:3] for time in times))
    assert Counter(track.recording for track in corpus.tracks) == {f"rock/{song}": 23 for song in SONGS[:3]}


LONG = ["{m:02}_{s:02}", "{m}-{s:02}", "{h:02}_{m:02}_{s:02}", "{h:02}{m:02}{s:02}"]


@pytest.mark.parametrize("form", LONG)
def test_a_long_mix_that_fills_its_genre_is_named_as_one(form: str) -> None:
    corpus = make(*(f"mix_{shown(n * 30, form)}" for n in range(60)), *"abcde")
    assert all(track.part_of is None for track in corpus.tracks)
    assert {stem: len(tracks) for stem, tracks in ambiguous_stems(corpus).items()} == {"rock/mix": 60}


@pytest.mark.parametrize("form", ["{h:02}_{m:02}_{s:02}", "{h}-{m:02}-{s:02}"])
@pytest.mark.parametrize("step", [10, 300, 600, 3600])
def test_clips_named_by_hours_from_0_are_one_however_long_they_are(form: str, step: int) -> None:
    corpus = make(*(f"mix_{shown(n * step, form)}" for n in range(6)), *"abcde")
    assert Counter(track.part_of for track in corpus.tracks) == {"rock/mix": 6, None: 5}


@pytest.mark.parametrize("form", LONG[:2])
@pytest.mark.parametrize("first", [0, 1])
def test_whole_minutes_may_count_anything_and_are_named(form: str, first: int) -> None:
    corpus = make(*(f"mix_{shown(n * 60, form)}" for n in range(first, 50)), *(f"x{letter}" for letter in "abcdefgh"))
    assert all(track.part_of is None for track in corpus.tracks)
    assert {stem: len(tracks) for stem, tracks in ambiguous_stems(corpus).items()} == {"rock/mix": 50 - first}


@pytest.mark.parametrize("form", ["_{}_{}", "_{}-{}", " ({}, {})"])
def test_clips_named_by_two_times_of_a_clock_are_one(form: str) -> None:
    spans = [[shown(time, "{m:02}-{s:02}") for time in (n * 30, n * 30 + 30)] for n in range(8)]
    corpus = cut(lambda song, n: song + form.format(*spans[n]))
    assert Counter(track.recording for track in corpus.tracks) == {f"jazz/{song}": 8 for song in SONGS}


def test_clips_named_by_ten_digits_of_samples_are_one() -> None:
    corpus = cut(lambda song, n: f"{song}_{n * 661500:010}", SONGS[:3])
    assert Counter(track.recording for track in corpus.tracks) == {f"jazz/{song}": 8 for song in SONGS[:3]}


@pytest.mark.parametrize(
    "names",
    [
        [f"album_{disc}-{n:02}" for disc in (1, 2) for n in range(1, 13)],
        [f"{band} {day}" for band in ("ann", "bob") for day in ("05-01", "05-08", "05-15", "06-05")],
        [f"item_{n:06}" for n in (12, 34, 105, 150)],
        [f"night_{time}" for time in ("0-20", "0-40", "0-60", "1-20")],  # 0-60 is of no clock
    ],
)
def test_numbers_that_no_clock_shows_are_no_times(names: list[str]) -> None:
    corpus = make(*names, "a", "b", *(f"x{n}y" for n in range(9)))
    assert all(track.part_of is None for track in corpus.tracks)


@pytest.mark.parametrize(
    "stem", ["artist_1_album_2_track", "ann_track", "cd1", "ann - disc 2", "ann_cd", "190504", "rec_190504"]
)
def test_an_albums_tracks_and_a_days_recordings_are_named(stem: str) -> None:
    corpus = make(*(f"{stem}_{n:04}" for n in range(1, 9)), *(f"x{letter}" for letter in "abcdefgh"))
    assert all(track.part_of is None for track in corpus.tracks)
    assert {stem: len(tracks) for stem, tracks in ambiguous_stems(corpus).items()} == {f"rock/{stem}": 8}


@pytest.mark.parametrize("form", ["rec_190504_{}", "rec 190504-{}", "190504_{}", "WhatsApp Audio 2021-03-01 at {}"])
def test_times_of_day_are_no_parts(form: str) -> None:
    times = ("20.15.15", "20.41.33", "22.30.15") if "at" in form else ("201515", "214133", "223015")
    corpus = make(*map(form.format, times), *"abcde")
    assert all(track.part_of is None for track in corpus.tracks)
    assert ambiguous_stems(corpus) == {}


def test_dates_with_a_time_of_day_are_no_ranges() -> None:
    names = ("rec_190504_223015", "rec_190505_231000", "rec_190601_213000")
    assert all(track.part_of is None for track in make(*names, *"abcde").tracks)
    spans = [f"night_{n * 66150}_{n * 66150 + 66150}" for n in range(9)]
    assert Counter(track.part_of for track in make(*spans, *"abcde").tracks) == {"rock/night": 9, None: 5}


def test_one_title_with_a_word_and_a_number_before_it_is_a_track() -> None:
    names = ("part 1 - rise", "part 2 - set", "section 25 - looking", "section 25 - always", "rise")
    assert all(track.part_of is None for track in make(*names).tracks)


@pytest.mark.parametrize(
    "form",
    [
        *("{}_{}_mono", "{}_{}_30s", "{}_{}_of_8_mono", "{} v{}_22050hz_2", "{}@{}"),
        *("clip_{1}_{0}", "{}_seg{}_22050Hz", "{0}_seg{1}_{1}", "{} (part {})_mono"),
    ],
)
def test_titles_that_are_numbered_alike_may_be_clips_and_are_named(form: str) -> None:
    corpus = cut(lambda song, n: form.format(song, n + 1), SONGS[:3])
    grouped = Counter(track.part_of for track in corpus.tracks if track.part_of)
    assert not grouped
    assert [len(tracks) for tracks in ambiguous_stems(corpus).values()] == [8, 8, 8]


@pytest.mark.parametrize("titles", [SONGS[:1], SONGS[:3]])
@pytest.mark.parametrize("form", ["{a}-{b}_{song}", "{a}s-{b}s {song}", "{m}m{s:02}s_{song}", "{a}.5_{b}.5 {song}"])
def test_times_before_a_title_are_named(form: str, titles: tuple[str, ...]) -> None:
    times = [{"a": n * 30, "b": n * 30 + 30, "m": n // 2, "s": n % 2 * 30} for n in range(8)]
    corpus = make(*(form.format(song=song, **time) for song in titles for time in times), *"abc")
    assert {stem: len(tracks) for stem, tracks in ambiguous_stems(corpus).items()} == {f"rock/{t}": 8 for t in titles}


@pytest.mark.parametrize(
    ("before", "titles"),
    [
        *(("clip_{:03}_", ["guitar", "piano"]), ("Section {} - ", ["Intro"]), ("seq_{:02}_", ["120bpm"])),
        *(("Piece {} - ", ["Live in Paris"]), ("Part {} - ", ["Chapter 01", "Kapitel 2", "Intro", "CD1"])),
    ],
)
def test_a_word_that_may_count_anything_before_a_title_is_named(before: str, titles: list[str]) -> None:
    corpus = make(*(before.format(n) + title for title in titles for n in range(1, 5)), "a", "b")
    assert all(track.part_of is None for track in corpus.tracks)
    named = {stem: len(tracks) for stem, tracks in ambiguous_stems(corpus).items()}
    assert named == {f"rock/{title.lower()}": 4 for title in titles}


@pytest.mark.parametrize(
    "names",
    [
        [f"track{n:03}_mono" for n in range(1, 99)],
        [f"fma_{n:06}_mono" for n in (2, 5, 10, 140, 141)],
        [f"{band} {day} live" for band in ("ann", "bob") for day in ("2019-01-15", "2019-02-15", "2019-03-11")],
        [f"{song} {year} remaster" for song in ("help", "let it be") for year in (1987, 2009, 2015)],
        [f"{song} {mix} mix" for song in ("blue", "red") for mix in (88, 95, 107)],
        [f"suite {n} - {part}" for n in range(1, 7) for part in ("prelude", "gigue")],
        [f"{name} - Symphony No. {n} - I. Allegro" for name in ("Beethoven", "Brahms") for n in range(1, 5)],
        [f"{name} Vol. {n} (Disc 1)" for name in ("Now", "Bravo Hits") for n in range(1, 5)],
    ],
)
def test_catalogues_with_a_word_behind_their_numbers_are_not_named(names: list[str]) -> None:
    assert ambiguous_stems(make(*names, "a", "b")) == {}


def test_all_numbered_titles_are_named(caplog: pytest.LogCaptureFixture) -> None:
    find_recordings(make(*(f"{song}_{n}_mono" for song in "abcdefg" for n in range(3))), {})
    assert caplog.messages[-1] == "Likewise rock/f (3), rock/g (3)."


@pytest.mark.parametrize(
    ("form", "endings"),
    [
        *(
            (form, ["vocals", "drums", "bass", "other"])
            for form in ("{}_{}", "{} - {}", "{} ({})", "{}/{}", "{0}/{0}_{1}")
        ),
        *(
            ("{}_{}", endings)
            for endings in (["L", "R"], ["begin", "middle", "end"], ["128k", "320k"], ["noise", "pitch_up"])
        ),
        *(("{} {}", endings) for endings in (["Part A", "Part B"], ["第一部分", "第二部分"])),
        ("{}/{}", ["01_kick", "02_snare", "03 hi-hat"]),
        ("{}/{}", ["01 kick", "01 snare", "01 hi-hat"]),
        ("{}/{}", ["01 drums", "02 bass", "03 lead vocals", "04 sax"]),
        ("{}/{}", ["1 - Drums L", "2 - Guitar 2"]),
        ("ann_{}{}", ["", "_noise"]),
    ],
)
def test_endings_that_recur_over_titles_are_named(
    form: str, endings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    corpus = make(*(form.format(song, ending) for song in SONGS[:4] for ending in endings), "x", "my last song")
    find_recordings(corpus, {})
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("4 titles or folders have files with the same endings (")
    assert all(track.part_of is None for track in corpus.tracks)


def test_a_title_may_lack_an_ending_or_have_one_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    stems = [f"{song}_{stem}" for song in SONGS[:4] for stem in ("vocals", "drums", "bass")]
    find_recordings(make(*stems[1:], f"{SONGS[1]}_sax", *(f"blue {song}" for song in SONGS)), {})
    assert [said.partition(":")[0] for said in caplog.messages] == [
        "4 titles or folders have files with the same endings (bass, drums, vocals), such as "
        f"rock/{SONGS[0]}_bass.wav and rock/{SONGS[0]}_drums.wav"
    ]


@pytest.mark.parametrize(
    "names",
    [
        [
            f"Ann/{album}/{n:02} {title}"
            for album in SONGS
            for n, title in enumerate(("Intro", f"{album} A", f"{album} B", "Outro"))
        ],
        [f"{album}/{title}" for album in SONGS for title in ("Intro", f"a{album}", f"b{album}", "Outro")],
        [f"{album}_{title}" for album in SONGS for title in ("intro", f"{album}a", f"{album}b", f"{album}c", "outro")],
        [f"{name} - Symphony No. {n} - {m}" for name in SONGS for n in (1, 2) for m in ("I. Allegro", "II. Andante")],
        [f"{name} - Sonata - {m}" for name in SONGS for m in ("I. Allegro", "II. Andante", "III. Presto")],
        [f"{name} Sonata/{m}" for name in SONGS for m in ("I. Allegro", "II. Andante", "III. Presto")],
        [f"{name}/Suite {n}/{m}" for name in "ab" for n in range(1, 5) for m in ("Prelude", "Gigue")],
        [f"Suite {n} - {m}" for n in range(1, 7) for m in ("Prelude", "Gigue")],
        [f"{name}_op_{n}_{m}" for name in SONGS for n in (1, 2) for m in ("allegro", "andante")],
        [f"Bach/Cello Suite in {key} major/{m}" for key in "GDC" for m in ("1 Prelude", "2 Allemande", "3 Gigue")],
        [f"{name} - Requiem/{m}" for name in SONGS for m in ("01 - Kyrie", "02. Dies irae", "2-01 Lacrimosa")],
        [f"artist_{a}_album_{b}_track_{t}" for a in range(3) for b in range(2) for t in range(1, 9)],
        ["blue moon", "blue train", "red moon", "red train", "last moon", "new moon", "old moon", "last train"],
        [f"{song} ({kind})" for song, kind in zip(SONGS, ("live", "remix", "live", "remix", "live"), strict=False)],
    ],
)
def test_ordinary_titles_have_no_endings_in_common(names: list[str], caplog: pytest.LogCaptureFixture) -> None:
    find_recordings(make(*names, "x", "y"), {})
    assert not [said for said in caplog.messages if "endings" in said]


@pytest.mark.parametrize("folders", [("", "", ""), ("ann_{0}/", "Ann_{0}/Ann_{0}_STEMS/", "Ann_{0}/Ann_{0}_RAW/")])
def test_a_mix_belongs_to_its_stems(folders: tuple[str, str, str], caplog: pytest.LogCaptureFixture) -> None:
    mix, stem, raw = (folder.replace("ann", "Ann") for folder in folders)
    songs = ("snow", "rain", "sun")
    names = [
        *(f"{mix}Ann_{{0}}_MIX".format(song) for song in songs),
        *(f"{stem}Ann_{{0}}_STEM_{n:02}".format(song) for song in songs for n in (1, 2)),
        *(f"{raw}Ann_{{0}}_RAW_{n:02}_01".format(song) for song in songs for n in (1, 2)),
    ]
    corpus = make(*names, "dub_mix", "dub")
    assert sorted(Counter(track.recording for track in corpus.tracks).values()) == [1, 1, 5, 5, 5]
    find_recordings(corpus, {})
    assert caplog.messages == []


@pytest.mark.parametrize(
    "form",
    ["{0}-{1}.000-{2}.000", "{0}-{1}.250-{2}.250-seg{3}", "{0}_{4}_{5}", "{0}_{4}48h__{5}_48h"],
)
def test_names_of_programs_that_cut_files(form: str) -> None:
    names = [
        form.format(song, f"00.{n:02}.00", f"00.{n + 1:02}.00", n + 1, f"{n:03}m_00s_", f"{n + 1:03}m_12s")
        for song in SONGS[:2]
        for n in range(6)
    ]
    corpus = make(*names, *"abcd")
    assert Counter(track.part_of for track in corpus.tracks) == {f"rock/{s}": 6 for s in SONGS[:2]} | {None: 4}
    assert ambiguous_stems(corpus) == {}


def test_clips_with_labels_are_parts() -> None:
    corpus = make(
        "gig-00.00.00.000-00.02.00.000-seg1",
        "gig-00.02.00.000-00.03.00.000-Intro",
        "gig-00.03.00.000-00.05.00.000-Guitar solo (take 2)",
        "gig-00.05.00.000-00.04.00.000-Outro",
        *"abcd",
    )
    assert [track.part_of for track in corpus.tracks] == [*["rock/gig"] * 3, *[None] * 5]


def _in_formats(names: Sequence[str], suffixes: Sequence[str], twins: int) -> Corpus:
    files = [f"{name}{suffixes[0]}" for name in names] + [f"{name}{suffixes[1]}" for name in names[:twins]]
    return make(*files, *(f"{song}.wav" for song in SONGS), *(f"my {n}th.wav" for n in "xyz"), suffix="")


@pytest.mark.parametrize("suffixes", [(".mp3", ".wav"), (".ape", ".ape.wav")])
@pytest.mark.parametrize("twins", [1, 3])
@pytest.mark.parametrize("form", ["night_{0}", "night_{1}", "night_00_{1}", "night_{0}.5s", "night_part{0}"])
def test_clips_in_two_formats_are_joined_as_in_one(form: str, twins: int, suffixes: tuple[str, str]) -> None:
    corpus = _in_formats([form.format(n, time) for n, time in enumerate(("00_30", "01_00", "01_30"))], suffixes, twins)
    assert Counter(track.part_of for track in corpus.tracks if track.part_of) == {"rock/night": 3 + twins}
    assert ambiguous_stems(corpus) == {}


@pytest.mark.parametrize("form", ["night {}", "0{} night", "night_0{}_00"])
def test_clips_in_two_formats_are_named_as_in_one(form: str) -> None:
    names = [form.format(n) for n in (1, 2, 3)]
    corpus = _in_formats(names, (".mp3", ".wav"), 2)
    assert [*ambiguous_stems(corpus).values()] == [[f"rock/{name}.mp3" for name in names]]


@pytest.mark.parametrize("rare", [".ape", ".aifc", ".OGA", ".wv", ".caf"])
def test_a_rare_suffix_in_front_of_another_is_that_of_the_original(rare: str) -> None:
    corpus = make(f"naima{rare}.wav", f"Naima{rare}", "Sun.Ra.mp3", "sun.mp3", suffix="")
    assert [track.part_of for track in corpus.tracks] == ["rock/naima", "rock/naima", None, None]
