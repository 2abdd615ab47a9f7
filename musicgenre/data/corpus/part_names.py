"""What a track's name says about the recording that it is a part of."""

import re

from musicgenre.data.corpus.clocks import CLOCK, clock_seconds
from musicgenre.data.corpus.tracks import Track, is_gtzan_name, track_key

_PART = "part|pt|teil|partie|parte|deel|часть"
_WORDS = "segment|seg|clip|chunk|split|slice|cut|piece|excerpt|window|section|snippet|crop|fragment|frame|seq|stem"
_TIME = rf"(?:{CLOCK}|\d+(?:\.\d+\s*m?s?|\s*m?s))"
_OF_GTZAN = re.compile(r"(?P<stem>[a-z]+(?:[ _-][a-z]+)?\.\d{5})(?![_-]\d{5,}$)[._ -].+")  # and not a range in ms
_COUNTED_BEFORE = re.compile(r"(?:[a-z]+[\s_-]*)?\d{1,4}[\s_.-]+(?P<stem>[a-z]+(?:[ _-][a-z]+)?\.\d{5})")
_NUMBERED = re.compile(r"(?P<stem>.+\.\d{5})\.\d+")
ROMAN = "(?:xx|x?(?:ix|iv|v?i{1,3}|v)|x)"
_SPELT = f"(?:{ROMAN}|one|two|three|four|five|six|seven|eight|nine|ten)(?![^\\W_])"
_TITLE = r"\s*[:,]\s*\S.*|[\s_]+[-\u2013\u2014]+[\s_]+\S.*|\s*[(\[].+"  # Part 2: Set, Part 2 - Set, Part 2 (Set)
_OF = rf"(?:[\s._-]*of[\s._-]*(?:\d+|{_SPELT}))?[)\]]?"
_LETTER_BEFORE = r"(?<![^\W\d_])"
_CALLED_PART = rf"{_LETTER_BEFORE}(?:{_PART})(?:[\s._-]*\d+|[\s._-]+{_SPELT}){_OF}(?:{_TITLE})?"
_CALLED_CLIP = rf"{_LETTER_BEFORE}(?:(?:{_WORDS})[\s._-]*\d+{_OF}|raw_\d\d_\d\d)"
_BETWEEN = " ._-\u2013\u2014,:;(["  # a stem and what says which part it is
_HAS_PART = rf"(?=.*(?:{_PART}|{_WORDS}|raw)[\s._-]*(?:\d|{_SPELT}))"  # which most names have not
_WORDED = re.compile(rf"{_HAS_PART}(?P<stem>.*\w.*?)[\s{re.escape(_BETWEEN)}]*(?:{_CALLED_PART}|{_CALLED_CLIP})")
FROM = r"(?:(?:starts?|from|begins?)[\s_=-]*)?"
TO = r"(?:-|__?|\s*,\s*|[\s_-]*(?:to|until|till|ends?|stops?)[\s_=-]*)"
_TIMED = re.compile(
    rf"(?=.*\d\s*(?:m?s?|h)[)\]]?$)(?P<stem>.*?\w.*?)[\s_-]+[(\[]?{FROM}(?P<start>{_TIME}){TO}(?P<end>{_TIME})[)\]]?"
)
_CUT = r"\d\d\.\d\d\.\d\d\.\d{3}"
_LABEL = re.compile(rf"(?<=[_-]{_CUT}-{_CUT})-.+")  # LosslessCut's
_COUNTED = rf"[\s._-]*(?P<number>\d{{1,8}}){_OF}"
_BEFORE = rf"{_COUNTED}[\s_.:,-]+(?P<stem>.*[^\W\d_].*|\d{{3,}})(?P<rest>)"
PART_BEFORE = re.compile(rf"(?:{_PART}){_BEFORE}")  # part1_night
ANY_BEFORE = re.compile(rf"(?:{_PART}|{_WORDS}){_BEFORE}")  # clip_1_guitar may be a clip of anything
ANY_WITHIN = re.compile(  # night_seg1_22050hz
    rf"{_HAS_PART}(?P<stem>.*\w.*?)[\s{re.escape(_BETWEEN)}]*{_LETTER_BEFORE}(?:{_PART}|{_WORDS}){_COUNTED}(?P<rest>[\s_.-]+.+)"
)


def recording_key(name: str, genre: str = "") -> str:
    """Return the name of the recording that a track key is certainly a part of, or the key itself.

    Args:
        name: See `track_key`.
        genre: The track's genre, which may have names like GTZAN's.

    Example:
        >>> recording_key("blues.00000.3"), recording_key("blues.00000"), recording_key("song part 2 of 5")
        ('blues.00000', 'blues.00000', 'song')
        >>> recording_key("shine on, pt. iv"), recording_key("moon part one - rise")
        ('shine on', 'moon')
    """
    for pattern in (_OF_GTZAN, _COUNTED_BEFORE, _NUMBERED, _WORDED):
        found = pattern.fullmatch(name)
        if found and (pattern in (_NUMBERED, _WORDED) or is_gtzan_name(found["stem"], genre)):
            name = found["stem"].strip(_BETWEEN)
            break  # mix-00.00.00.000-00.00.10.000-seg1 is a part of mix
    found = _TIMED.fullmatch(_LABEL.sub("", name))
    if found and _seconds(found["start"]) < _seconds(found["end"]):
        return found["stem"].strip(_BETWEEN)
    return name


def is_worded(key: str, whole: str) -> bool:
    """Return whether a word and a number make a track key a part of a whole.

    Example:
        >>> is_worded("song_clip_3", "song"), is_worded("song_30s-33s", "song"), is_worded("song_3", "song_3")
        (True, False, False)
    """
    found = _WORDED.fullmatch(key)
    return found is not None and found["stem"].strip(_BETWEEN) == whole


def says_part(key: str) -> bool:
    """Return whether a track key's word is "part", which implies a whole.

    Example:
        >>> says_part("so what (pt. 2)"), says_part("so what_part1of2"), says_part("part clip 2")
        (True, True, False)
    """
    return re.fullmatch(f".*{_CALLED_PART}", key) is not None


def recording_of(track: Track) -> str:
    """Return the name of the recording that a track is certainly a part of, or its key; a folder may give the name.

    A prefix before a GTZAN-style name of the genre (`aug_jazz.00000`) does not count.

    Example:
        >>> from pathlib import Path
        >>> names = ("jazz.00000/3.wav", "song part 2.wav", "aug_jazz.00000.wav")
        >>> [recording_of(Track(f"jazz/{name}", "jazz", Path())) for name in names]
        ['jazz.00000', 'song', 'jazz.00000']
    """
    begins = re.match(r"(?P<own>[a-z]+(?:[ _-][a-z]+)?\.\d{5})[._ -].", track.key)
    if begins and is_gtzan_name(begins["own"], track.genre):
        return begins["own"]  # whatever follows it
    whole = recording_key(track.key, track.genre)
    folders = [track_key(folder) for folder in track.id.split("/")[-2::-1]]
    behind = re.compile(rf"(?:.*[\s_.-])?(?P<own>{re.escape(track.genre.lower())}\.\d{{5}})")
    if is_gtzan_name(whole, track.genre) or behind.fullmatch(whole):
        folders = []
    if found := next(filter(None, map(behind.fullmatch, [whole, *folders])), None):
        return found["own"]
    return folders[0] if folders and is_gtzan_name(folders[0], track.genre) else whole


def place_of(track: Track, stem: str) -> str:
    """Return a recording's name in its corpus, folders included."""
    if is_gtzan_name(stem, track.genre):
        return f"{track.genre}/{stem}"
    folders = track.folders
    if folders and folders[-1].lower() in {f"{stem}_stems", f"{stem}_raw"}:  # MedleyDB's, beside the mix
        folders = folders[:-1]
    return f"{'/'.join(folders) or track.genre}/{stem}"


def _seconds(text: str) -> float:
    if re.fullmatch(CLOCK, text):
        return clock_seconds(text)
    return float(text.rstrip("ms ")) / (1000 if text.rstrip().endswith("ms") else 1)
