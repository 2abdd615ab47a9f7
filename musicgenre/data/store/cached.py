"""Slow features, cached file by file, so that an interrupted computation continues where it stopped."""

import json
import logging
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from musicgenre.data.audio.facts import Facts
from musicgenre.data.store.extract import Extracted, Extractor
from musicgenre.data.store.feature_store import code_versions
from musicgenre.data.store.fingerprint import hash_or_error, hash_values, stamp_of
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, draft_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedExtractor:
    """An extractor whose results are kept in the cache folder, by the file's content.

        CACHE/tracks/KEY.npz    features, starts and seconds of one file, and what it is

    Attributes:
        extractor: Computes the features.
        in_processes: Whether it holds the interpreter's lock.
        settings: The extractor's own, found in the process that makes it: others cannot see the code of a notebook.
    """

    extractor: Extractor
    in_processes: bool = True
    settings: str = field(init=False)

    def __post_init__(self) -> None:
        """Find the settings."""
        object.__setattr__(self, "settings", self.extractor.settings)

    def __call__(self, path: Path) -> Extracted:
        """Return features of one file, from the cache or computed; errors are the extractor's and are not cached."""
        stamp, content = stamp_of(path), hash_or_error(path)
        key = hash_values(content, self.settings, *code_versions())
        memo = cache_dir() / "tracks" / f"{key}.npz"
        if (kept := _read(memo)) is not None:
            return kept
        result = self.extractor(path)
        if stamp_of(path) == stamp:  # and not written to meanwhile: it may be of other content
            with suppress(MusicGenreError):  # no room for it: there may still be some for the features themselves
                _write(memo, result)
        return result


def _read(memo: Path) -> Extracted | None:
    """Return a cached result; None if there is none, or it is damaged."""
    try:
        with memo.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # np.load may leave it open
            placed, features = json.loads(str(stored["placed"])), stored["features"]
            starts, seconds = [float(start) for start in placed["starts"]], float(placed["seconds"])
            if features.ndim != 4 or features.dtype != np.float32 or len(features) != len(starts) or not starts:
                raise ValueError(f"features of shape {features.shape} for {len(starts)} segments")
            return Extracted(features, starts, seconds, Facts(**placed["facts"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, BadZipFile, zlib.error) as error:
        log.warning("The cached features in %s are damaged (%s): computing them again.", memo, error)
        return None


def _write(memo: Path, result: Extracted) -> None:
    placed = json.dumps({"starts": result.starts, "seconds": result.seconds, "facts": result.facts.plain()})
    with draft_of(memo) as draft, draft.open("wb") as file:
        np.savez(file, features=result.features, placed=np.array(placed))
