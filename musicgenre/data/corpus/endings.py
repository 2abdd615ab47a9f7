"""Titles whose files have the same endings, such as snow_vocals and snow_drums, rain_vocals and rain_drums."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from musicgenre.data.corpus.any_names import is_genre, is_title, names_any_track
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.numbering import ends_before_a_works_number
from musicgenre.data.corpus.part_names import ROMAN, place_of
from musicgenre.data.corpus.tracks import Corpus, Track

_APART = re.compile(r"[\s_.,(\[\u2013\u2014-]+")
_NAMED = re.compile(r".*[^\W\d_].*|.*\d{3,}.*")  # a title, or an id
_NUMBER = re.compile(r"\d+(?![^\W_])")  # and not 128k
_MOVEMENT = re.compile(rf"(?:.*\s)?(?:\d+|{ROMAN})(?![^\W_]).*")  # 1 allegro, sonata - iv. finale; or a number alone
_OF_FOLDER = re.compile(rf"(?!{ROMAN}(?![^\W_])).*[^\W\d_].*")
_OF_CYCLE = re.compile(r".*[^\W\d_] [1-9]\d?(?!\d).*")  # suite 1
_LISTED = re.compile(r"(\d[\d.-]*\)?)\s[\s.-]*(.*)")  # 01 - kyrie, 1-02 kyrie; but 01_kick may be a stem
_STEM = re.compile(
    r"(?:(?:lead|back(?:ing)?|acoustic|electric)[ _-]?)?(?:vocals?|vox|voices?|drums?|drum kit|percussion|kick|snare"
    r"|hi-?hats?|overheads?|bass|guitars?|piano|keys|keyboards?|synths?|strings|brass|horns|other|mix|accompaniment)"
    r"(?:[ _-]?(?:\d+|l|r))?"
)
_MOST = 0.65  # of the titles with an ending
_WORDS = 3  # an ending's, at most
_FEWEST = 6  # tracks of several titles


def said_of_endings(corpus: Corpus) -> list[str]:
    """Say which endings recur over several titles, or folders, most of which have most of them.

    Example:
        >>> from pathlib import Path
        >>> names = [f"{song}_{stem}.wav" for song in ("snow", "rain", "sun") for stem in ("vocals", "drums")]
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(f"jazz/{name}", "jazz", Path()) for name in names))
        >>> [said.partition(":")[0] for said in said_of_endings(corpus)]  # doctest: +NORMALIZE_WHITESPACE
        ['3 titles or folders have files with the same endings (drums, vocals), such as jazz/snow_drums.wav and
        jazz/snow_vocals.wav']
    """
    return [
        f"{len(titles)} titles or folders have files with the same endings "
        f"({shortened([ending or 'none' for ending in endings], 5)}), such as {titles[0][0].id} and "
        f"{titles[0][-1].id}: they count as separate recordings. If they are stems, parts or versions of one "
        "recording, name them by its title, TITLE_part1 and so on, or give them one subset with split=lists or "
        "data.labels, so that no split divides it. Works that several performers or concerts share need none of this."
        for endings, titles in [*_alike(corpus.tracks).items()][:5]
    ]


def _alike(tracks: Sequence[Track]) -> dict[tuple[str, ...], list[list[Track]]]:
    """Return the tracks of each title, by the endings that recur."""
    titles: defaultdict[str, defaultdict[str, list[Track]]] = defaultdict(lambda: defaultdict(list))
    albums = _albums(tracks)
    for track in tracks:
        for title, ending in _readings(track, albums):
            titles[title][_NUMBER.sub("#", ending)].append(track)
    having: defaultdict[str, list[str]] = defaultdict(list)
    for title, endings in titles.items():
        for ending in endings:
            having[ending].append(title)
    own = {title: _recurring(endings, having) for title, endings in titles.items()}
    found: dict[tuple[str, ...], list[list[Track]]] = {}
    known, seen = set[str](), set[Track]()
    for ending, among in sorted(having.items(), key=lambda item: -sum(len(own[title]) for title in item[1])):
        if len(among) < 2 or ending in known:
            continue
        counts = Counter(chain.from_iterable(own[title] for title in among))
        usual = {
            each for each, n in counts.items() if n > _MOST * len(among) and (not each or n > _MOST * len(having[each]))
        }
        those = [title for title in among if len(usual & own[title]) > max(1, len(titles[title]) / 2)]
        groups = [[t for each in sorted(usual & own[title]) for t in titles[title][each]] for title in those]
        new = not seen.issuperset(chain.from_iterable(groups))
        if new and len(those) > _MOST * len(among) and sum(map(len, groups)) >= _FEWEST:
            found[tuple(sorted(usual))] = groups
            known |= usual
            seen.update(*groups)
    return found


def _albums(tracks: Sequence[Track]) -> set[str]:
    """Return the folders all of whose tracks have a number of their own, and a title, most of them not a stem's."""
    found = set()
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for track in tracks:
        keys["/".join(track.folders)].add(track.key)
    for folder, those in keys.items():
        listed = [*filter(None, map(_LISTED.fullmatch, those))]
        stems = sum(_STEM.fullmatch(each[2]) is not None for each in listed)
        if len({each[1] for each in listed}) == len(those) and 2 * stems <= len(those):
            found.add(folder)
    return found


def _readings(track: Track, albums: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what may be a track's title and ending, unless the ending is a work's movement or a number."""
    folder, key = "/".join(track.folders), track.key
    below = folder not in albums and ("/" in folder or (folder and not is_genre(folder, track.genre)))
    if below and _OF_FOLDER.fullmatch(key) and not _names_work(folder.lower()):
        yield folder, key
    yield place_of(track, key), ""  # beside snow_noise
    for apart in [*_APART.finditer(key)][-_WORDS:]:
        title, ending = key[: apart.start()], key[apart.end() :].rstrip(")]")
        if not _NAMED.fullmatch(title) or names_any_track(title, track.genre) or _MOVEMENT.fullmatch(ending):
            continue
        if not _names_work(title, spaced=not apart[0].strip(" -\u2013\u2014")):
            yield place_of(track, title), ending


def _names_work(title: str, spaced: bool = True) -> bool:
    """Return whether a title holds the number of a work: symphony no. 5, or suite 1 with blanks before what follows."""
    if spaced and _OF_CYCLE.fullmatch(title) and is_title(title, ""):
        return True
    return any(ends_before_a_works_number(title[: n.start()].rstrip(" ._")) for n in re.finditer(r"\d+", title))


def _recurring(endings: Mapping[str, Sequence[Track]], having: Mapping[str, Sequence[str]]) -> set[str]:
    """Return a title's endings that others have, if they are of several recordings.

    Several recordings with one ending, such as live_1 and live_2, are not told apart by it.
    """
    recordings = {
        ending: {track.recording for track in tracks} for ending, tracks in endings.items() if len(having[ending]) > 1
    }
    found = {ending for ending, those in recordings.items() if len(those) == 1}
    return found if len({*chain.from_iterable(recordings[ending] for ending in found)}) > 1 else set()
