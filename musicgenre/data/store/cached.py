"""Slow features, kept a file at a time, so that an interrupted computation goes on where it was."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicgenre.data.audio.facts import Facts
from musicgenre.data.store.extract import Extracted, Extractor
from musicgenre.data.store.feature_store import code_versions
from musicgenre.data.store.fingerprint import hash_or_error, hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, draft_of


@dataclass(frozen=True)
class CachedExtractor:
    """An extractor whose every answer is kept in the cache folder, by the file's content.

        CACHE/tracks/KEY.npz    features, starts and seconds of one file, and what it is

    Attributes:
        extractor: What computes.
        in_processes: Whether it holds the interpreter's lock.
    """

    extractor: Extractor
    in_processes: bool = True

    @property
    def settings(self) -> str:
        """The extractor's own."""
        return self.extractor.settings

    def __call__(self, path: Path) -> Extracted:
        """Return features of one file, from the cache or computed now; errors are the extractor's and are not kept."""
        key = hash_values(hash_or_error(path), self.settings, *code_versions())
        memo = cache_dir() / "tracks" / f"{key}.npz"
        if memo.is_file():
            return _read(memo)
        result = self.extractor(path)
        with suppress(MusicGenreError):  # no room for it: the features themselves may have theirs
            _write(memo, result)
        return result


def _read(memo: Path) -> Extracted:
    with np.load(memo, allow_pickle=False) as stored:
        placed = json.loads(str(stored["placed"]))
        return Extracted(stored["features"], placed["starts"], placed["seconds"], Facts(**placed["facts"]))


def _write(memo: Path, result: Extracted) -> None:
    placed = json.dumps({"starts": result.starts, "seconds": result.seconds, "facts": result.facts.plain()})
    with draft_of(memo) as draft, draft.open("wb") as file:
        np.savez(file, features=result.features, placed=np.array(placed))
