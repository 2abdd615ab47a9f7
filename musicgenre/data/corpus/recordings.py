"""Find the tracks that are parts of one recording, by their names.

GTZAN's own names are tracks: `blues.00000` to `blues.00099`. What follows such a name, or a word such as "part", counts
clips of one recording; so does a number after `_` or `.`, unless most of a genre is one such series:

    blues.00000.3   aug_blues.00000   night (part 4)   night_30s-33s      always
    night_clip_0 night_clip_1                                             unless they are most of a genre
    song_0-3 song_3-6 song_6-8                                            if the ranges are consecutive or equally long
    dawn (1 of 3) dawn_2of3                                               unless they are most of a genre
    night_00_30 night_01_00 night_01_30   dawn_000030 dawn_000100         if evenly spaced; unless most of a genre
    night_00_00_00 night_00_05_00 night_00_10_00                          likewise
    ann_night_stem_01 ann_night_raw_01_02 ann_night_mix                   MedleyDB's, unless they are most of a genre
    part1_night part2_night                                               unless they are most of a genre
    night_0 night_1 dawn_0 dawn_1 000002_0 000002_1 000003_0              unless they are most of a genre
    night_0 night_3000 ... night_27000 dawn_0.0 dawn_1.5 dawn_3.0         likewise: ms or samples, and s
    song_0.0 song_3000.0 ... song_27000.0 song 1.5s song-3s song_1m30s    likewise, and after any other separator
    night_00000 night_00030 dawn_start00000 dawn_start00030               likewise: two titles with one step, from 0
    song_01 ... song_99 1-01 1-02 01_song 02_song song/01 song/02         tracks; a warning names them
    night_1_mono night_2_mono dawn_1_mono dawn_2_mono                     likewise
    night_01_00 night_02_00 night_03_00                                   likewise
    clip_1_night clip_2_night night_seg1_mono night_seg2_mono             likewise
    night_00000 night_00001 dawn_00000 dawn_00001                         likewise, and GTZAN's names without one
    song 03 of 12   track 3 of 12   jazz_clip_0 jazz_clip_1 (in jazz)     likewise
    ann_track_1 ann_track_2   cd1_01 cd1_02   190504_0001 190504_0002     likewise
    night_vocals night_drums dawn_vocals dawn_drums night/bass dawn/bass  likewise, see `endings.py`
    symphony no.5 mix_vol.2 sonata k.331 track v1.0 gig_2019_05_04        tracks

Folders are part of a recording's name, except train/ and test/, and except for GTZAN's names, which need none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from musicgenre.data.corpus.any_names import is_genre, names_any_track, names_music
from musicgenre.data.corpus.clips import (
    MOST_OF_A_GENRE,
    anew,
    are_padded,
    beginnings_of,
    clips_of,
    counted_by,
    may_be_offsets,
    name_of,
    offsets_of,
    times_of,
    whole_minutes_of,
    worded_of,
)
from musicgenre.data.corpus.masks import numbered_alike
from musicgenre.data.corpus.numbering import surely_names_work
from musicgenre.data.corpus.part_names import is_worded, place_of, recording_of, says_part
from musicgenre.data.corpus.ranges import ranges_of
from musicgenre.data.corpus.tracks import Corpus, Track, is_gtzan_name, keys_of

_OF_ALBUM = re.compile(r"(?P<stem>.*[^\W\d_].*?)[\s._(\[-]+(?P<number>\d+)[\s._-]*of[\s._-]*\d+[)\]]?")
_LOOSE = re.compile(  # night 3, night3, night-1.5
    r"(?P<stem>.*[^\W\d_].*?)[\s(\[-]*(?<!\d)(?P<number>\d{1,8}\.\d+|\d{1,4}|0\d{4,11})[)\]]?"
)
_DIGITS = re.compile(r"(?P<stem>\d+)[\W_]+(?P<number>\d{1,4}|0\d{4,11})")  # 1-03: a disc's track, or a track's part
_LED = re.compile(r"(?P<number>\d{1,8}(?:\.\d+)?)[\s_.-]+(?P<stem>.*[^\W\d_].*)")  # 3_night
_PADDED = re.compile(  # night_00003.0: a track's part, or where a clip begins
    r"(?P<stem>.*[^\W\d_].*?)[\s_.(\[-]*(?<!\d)0+(?P<number>\d{1,4}\.\d+)[)\]]?"
)

_STEM = re.compile(r"[\W_](?:stem_\d+|raw_\d\d_\d\d)$")  # MedleyDB's, beside ann_night_mix
_BARE = re.compile(r"(?P<number>\d{1,8}(?:\.\d+)?)")


def with_recordings(corpus: Corpus) -> Corpus:
    """Set the recording that each track is a part of, by the tracks' names.

    Args:
        corpus: Any corpus; what its tracks have already is kept.

    Returns:
        The corpus with `Track.part_of` set if a recording has several tracks.

    Example:
        >>> from pathlib import Path
        >>> names = ("jazz.00000.0.wav", "jazz.00000.1.wav", "jazz.00001.wav")
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(f"jazz/{name}", "jazz", Path()) for name in names))
        >>> [track.recording for track in with_recordings(corpus).tracks]
        ['jazz/jazz.00000', 'jazz/jazz.00000', 'jazz/jazz.00001.wav']
    """
    same = {tracks[0]: tracks for tracks in _same_tracks(corpus.tracks)}
    members: defaultdict[str, list[list[Track]]] = defaultdict(list)
    for track, stem in _stems([*same]).items():
        members[stem].append(same[track])
    part_of = {track: whole for stem, those in members.items() for track, whole in _joined(stem, those).items()}
    tracks = tuple(replace(track, part_of=track.part_of or part_of.get(track.id)) for track in corpus.tracks)
    return replace(corpus, tracks=tracks)


def ambiguous_stems(corpus: Corpus) -> dict[str, list[str]]:
    """List numbered names that may be tracks, or the clips of one recording.

    Returns:
        Ids of tracks by `GENRE/STEM`, of one in several formats the first; empty if there are none.

    Example:
        >>> from pathlib import Path
        >>> names = [f"song {n}.wav" for n in (1, 2, 3)]
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(f"jazz/{name}", "jazz", Path()) for name in names))
        >>> list(ambiguous_stems(corpus))
        ['jazz/song']
    """
    same, sizes = _same_tracks(corpus.tracks), Counter(track.recording for track in corpus.tracks)
    alone = [those[0] for those in same if those[0].part_of is None or len(those) == sizes[those[0].recording] > 1]
    times = times_of(alone)
    found = {stem: [track.id for track in tracks] for stem, tracks in times.items()}
    timed = {track for tracks in times.values() for track in tracks}
    alone = [track for track in alone if track not in timed and not surely_names_work(track.key)]
    by_pattern = (counted_by(pattern, alone) for pattern in (_OF_ALBUM, _LOOSE, _DIGITS, _LED, _PADDED))
    for counted in (
        *(whole_minutes_of(alone), clips_of(alone), worded_of(alone), *by_pattern),
        *(may_be_offsets(alone), _numbered_alone(alone)),
    ):
        for stem, tracks in counted.items():
            if not is_genre(stem, tracks[0].genre):
                found.setdefault(stem, [track.id for track in tracks])
    named = {track for those in found.values() for track in those}
    others = [track for track in alone if track.id not in named]
    return found | {
        stem: [track.id for track in tracks]
        for stem, tracks in numbered_alike(others, [those[0] for those in same]).items()
    }


def same_names(corpus: Corpus) -> list[list[Track]]:
    """List tracks of one genre and name in several formats or subsets, which may be one recording.

    Example:
        >>> from pathlib import Path
        >>> ids = ("train/jazz/so what.wav", "test/jazz/so what.mp3", "train/jazz/01.wav", "test/jazz/01.mp3")
        >>> tracks = tuple(Track(id, "jazz", Path()) for id in ids)
        >>> [[track.id for track in group] for group in same_names(Corpus(Path(), ("jazz",), tracks))]
        [['train/jazz/so what.wav', 'test/jazz/so what.mp3']]
    """
    found: defaultdict[tuple[str, str], list[Track]] = defaultdict(list)
    for track, key in keys_of(corpus.tracks).items():
        if names_music(track):
            found[track.genre, key].append(track)
    return [
        tracks
        for tracks in found.values()
        if len({track.recording for track in tracks}) > 1
        and (len({suffix_of(track) for track in tracks}) > 1 or len({track.subset for track in tracks}) > 1)
    ]


def may_be_numbered_anew(tracks: Iterable[Track], content: Mapping[str, str]) -> list[list[Track]]:
    """List tracks of one name like GTZAN's and different content, in two subsets or of two artists.

    Args:
        tracks: Tracks that are parts of recordings.
        content: Hash of each track's content, by track id.

    Example:
        >>> from pathlib import Path
        >>> ids = {subset: f"{subset}/jazz/jazz_00000.wav" for subset in ("train", "test")}
        >>> tracks = [Track(id, "jazz", Path(), None, "jazz/jazz.00000", subset) for subset, id in ids.items()]
        >>> [[track.id for track in group] for group in may_be_numbered_anew(tracks, {id: id for id in ids.values()})]
        [['train/jazz/jazz_00000.wav', 'test/jazz/jazz_00000.wav']]
    """
    found: defaultdict[tuple[str, str], dict[str, Track]] = defaultdict(dict)
    for track in tracks:
        if track.id in content and is_gtzan_name(track.recording.rpartition("/")[2], track.genre):
            found[track.recording, track.id.rpartition("/")[2]].setdefault(content[track.id], track)
    alike = [list(those.values()) for those in found.values()]
    return [those for those in alike if len({(track.subset, track.artist) for track in those}) > 1]


def suffix_of(track: Track) -> str:
    """Return a track's suffix, such as "wav"."""
    return track.id.rpartition(".")[2].lower()


def groups_of(tracks: Iterable[Track]) -> list[list[Track]]:
    """Group tracks by recording, in the order in which the recordings first appear.

    Example:
        >>> from pathlib import Path
        >>> tracks = [Track(id, "jazz", Path(), part_of=whole) for id, whole in (("a", "x"), ("b", None), ("c", "x"))]
        >>> [[track.id for track in group] for group in groups_of(tracks)]
        [['a', 'c'], ['b']]
    """
    groups: dict[str, list[Track]] = {}
    for track in tracks:
        groups.setdefault(track.recording, []).append(track)
    return list(groups.values())


def _stems(tracks: Sequence[Track]) -> dict[Track, str]:
    """Return the recording of each track, by its name: GENRE/FOLDERS/STEM."""
    undecided, stems = [], {}
    named = {track: recording_of(track) for track in tracks}
    anyones = _worded_tracks(named)
    begins = {track: stem for stem, parts in beginnings_of(tracks).items() for track in parts}
    for track, whole in named.items():
        if begins.get(track, place_of(track, whole)) != place_of(track, whole):
            whole = track.key  # night_12000.0, which looks like a part of night.12000, a name like GTZAN's
        if track in anyones:
            stems[track] = place_of(track, track.key)
        elif whole != track.key:
            stems[track] = place_of(track, whole)
        else:
            stems[track] = place_of(track, track.key)  # a whole, kept beside its clips
            undecided.append(track)
    in_genre: defaultdict[str, list[Track]] = defaultdict(list)
    for track in undecided:
        in_genre[track.genre].append(track)
    offsets = {track: stem for stem, parts in offsets_of(undecided).items() for track in parts}
    stems |= offsets
    for genre, those in in_genre.items():
        others = [track for track in those if track not in offsets]
        counted = {stem: parts for stem, parts in clips_of(others).items() if not are_padded(parts)}
        stems |= {track: stem for stem, parts in ranges_of(others).items() for track in parts}
        if _counts_tracks(counted, len(those)):
            continue
        for stem, parts in counted.items():
            if not names_any_track(stem, genre) or parts[0] in begins:
                stems |= dict.fromkeys(parts, stem)
        known = {stems[track] for track in those}
        stems |= {track: whole for track in those if (whole := anew(stems[track], track)) in known}
    mixed = {stem for track, stem in stems.items() if _STEM.search(track.key)}
    mixes = {track: place_of(track, track.key.removesuffix("_mix")) for track in undecided}
    return stems | {track: whole for track, whole in mixes.items() if whole in mixed}


def _worded_tracks(named: Mapping[Track, str]) -> set[Track]:
    """Find tracks named like clips of their genre or of most of it, with no track that they are cut from: jazz_clip_0.

    Clips in a folder below the genre's belong to the folder's recording. The word "part" implies a whole.
    """
    worded: defaultdict[tuple[str, str], list[Track]] = defaultdict(list)
    for track, whole in named.items():
        if whole != track.key and is_worded(track.key, whole):
            worded[track.genre, place_of(track, whole)].append(track)
    sizes = Counter(track.genre for track in named)
    wholes = {place_of(track, track.key) for track in named}
    found: set[Track] = set()
    for (genre, stem), those in worded.items():
        if stem in wholes or stem.count("/") > 1 or len(those) == 1 or is_gtzan_name(stem.rpartition("/")[2], genre):
            continue
        most = len(those) > MOST_OF_A_GENRE * sizes[genre] and not all(says_part(track.key) for track in those)
        if most or names_any_track(stem, genre):
            found.update(those)
    return found


def _numbered_alone(tracks: Iterable[Track]) -> dict[str, list[Track]]:
    """Group tracks in folders below a genre's whose names are bare numbers: an album, or a recording's clips."""
    inside: defaultdict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        inside[place_of(track, "").rstrip("/")].append(track)
    return {
        folder: those
        for folder, those in inside.items()
        if "/" in folder and len(those) > 1 and all(_BARE.fullmatch(track.key) for track in those)
    }


def _counts_tracks(counted: Mapping[str, list[Track]], n_tracks: int) -> bool:
    sizes: Counter[str] = Counter()
    for stem, parts in counted.items():
        sizes[name_of(stem, parts)] += len(parts)  # in however many subsets
    return max(sizes.values(), default=0) > MOST_OF_A_GENRE * n_tracks


def _same_tracks(tracks: Collection[Track]) -> list[list[Track]]:
    """Group tracks of one name and folder, which are in several formats: the first has the shortest name."""
    found: defaultdict[tuple[str, str, str], list[Track]] = defaultdict(list)
    for track, key in keys_of(tracks).items():
        found[track.genre, track.id.rpartition("/")[0], key].append(track)
    return [sorted(those, key=lambda track: len(track.key)) for those in found.values()]


def _joined(stem: str, members: Sequence[list[Track]]) -> dict[str, str]:
    """Return the recording of each track of one stem, unless it is alone; one name in two folders need not be one.

    Args:
        stem: Name of a recording.
        members: Its tracks, see `_same_tracks`.
    """
    firsts = [those[0] for those in members]
    named = is_gtzan_name(stem.rpartition("/")[2], firsts[0].genre)
    if len(members) == 1 or named or any(place_of(track, track.key) != stem for track in firsts):
        tracks = [track for those in members for track in those]
        return {track.id: stem for track in tracks if len(tracks) > 1}
    return {
        track.id: f"{those[0].id.rpartition('/')[0]}/{those[0].key}"
        for those in members
        for track in those
        if len(those) > 1
    }
