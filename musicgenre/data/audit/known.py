"""Pairs of files that audits found to sound alike, kept so that training can warn of them at once."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, replace_text


def remember_pairs(checked: Iterable[str], pairs: Iterable[tuple[str, str, float]]) -> None:
    """Save the pairs that an audit found.

    Args:
        checked: Content hashes of all files that it compared: earlier pairs among them are removed.
        pairs: Content hashes of two files, and how alike they are.
    """
    seen = set(checked)
    known = {pair: score for pair, score in _read().items() if not set(pair) <= seen}
    known |= {(min(a, b), max(a, b)): score for a, b, score in pairs}
    file = cache_dir() / "audit" / "pairs.json"
    with suppress(MusicGenreError):  # the cache cannot be written to: training warns of the pairs it has
        replace_text(file, json.dumps([[*pair, round(score, 3)] for pair, score in sorted(known.items())]))


def known_pairs(content: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """List the pairs of tracks that an audit found to sound alike.

    Args:
        content: Content hash by track id.

    Returns:
        Two track ids, and how alike they are; the most alike first.
    """
    tracks: dict[str, list[str]] = {}
    for track, found in content.items():
        tracks.setdefault(found, []).append(track)
    pairs = [
        (first, second, score)
        for (a, b), score in _read().items()
        for first in tracks.get(a, [])
        for second in tracks.get(b, [])
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def _read() -> dict[tuple[str, str], float]:
    try:
        rows = json.loads((cache_dir() / "audit" / "pairs.json").read_text())
        return {(str(a), str(b)): float(score) for a, b, score in rows}
    except (OSError, ValueError, TypeError):  # none yet, or damaged
        return {}
