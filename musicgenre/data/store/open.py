"""Features of any corpus: computed from audio, or read from pictures or a table."""

from copy import deepcopy
from itertools import chain

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor, Extractor, PictureExtractor
from musicgenre.data.store.feature_store import FeatureStore, open_store
from musicgenre.data.store.feature_table import TABLE_RATE, table_store
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd
from musicgenre.suggest import typed

_HELD = {"audio": "audio", "picture": "pictures", "table": "a table of hand-made features"}


def open_features(corpus: Corpus, front_end: FrontEnd, segmenter: Segmenter, *, on_error: str = "skip") -> FeatureStore:
    """Open the features of every segment of a corpus.

    Args:
        corpus: The tracks.
        front_end: Computes features from waveforms; for pictures, only its size and mode are used.
        segmenter: Cuts audio into segments.
        on_error: `skip` or `raise`, see `open_store`.

    Raises:
        MusicGenreError: The front end does not fit the corpus, or no track could be used.
    """
    require_readable(corpus, front_end, segmenter)
    if corpus.kind == "table":
        return table_store(corpus)
    return open_store(corpus, extractor_of(corpus, front_end, segmenter), on_error=on_error)


def extractor_of(corpus: Corpus, front_end: FrontEnd, segmenter: Segmenter) -> Extractor:
    """Return the extractor for the files of a corpus of audio or pictures."""
    if corpus.kind == "picture":
        return PictureExtractor(front_end.picture_size, front_end.picture_mode)
    extractor = AudioExtractor(_on_cpu(front_end).eval(), segmenter, segmenter.sample_rate)
    return CachedExtractor(extractor) if front_end.slow else extractor


def _on_cpu(front_end: FrontEnd) -> FrontEnd:
    """Return the front end, or a CPU copy of one on another device, where it may be in use, such as a model's."""
    tensors = chain(front_end.parameters(), front_end.buffers())
    return front_end if all(tensor.is_cpu for tensor in tensors) else deepcopy(front_end).cpu()


def require_readable(corpus: Corpus, front_end: FrontEnd, segmenter: Segmenter) -> None:
    """Raise an error, before anything is read, if the corpus' features cannot be computed in advance.

    Raises:
        MusicGenreError: Front end or segmenter do not fit the corpus, or the front end has trainable parameters.
    """
    name = type(front_end).__name__
    if any(parameter.requires_grad for parameter in front_end.parameters()):
        raise MusicGenreError(
            f"{name} has trainable parameters, but features are computed once, before training: choose "
            "features=waveform with a net that holds them, such as model=gabor_cnn, or freeze them with "
            "requires_grad_(False)."
        )
    if corpus.kind not in front_end.reads:
        takes = " or ".join(_HELD[kind] for kind in front_end.reads)
        fitting = {
            "audio": "choose features=mel_image (MelImage) for pictures of audio, mfcc (MFCC) or logmel for sequences",
            "picture": "choose features=picture or mel_image (Picture, MelImage)",
            "table": "choose features=table (HandMade)",
        }[corpus.kind]
        raise MusicGenreError(f"{corpus.root} holds {_HELD[corpus.kind]}, but {name} takes {takes}: {fitting}.")
    if corpus.kind == "table" and front_end.sample_rate != TABLE_RATE:
        raise MusicGenreError(
            f"sample_rate is {front_end.sample_rate} Hz, but the columns of {corpus.root} are those of audio at "
            f"{TABLE_RATE} Hz: set it to that, so that the run can predict from audio."
        )
    if corpus.kind == "audio" and segmenter.length is None and not front_end.one_size:
        raise MusicGenreError(
            f"segments.length=null (length=None) takes whole tracks, which differ in length, and so would {name}'s "
            "features: set length and short of segments, such as segments.length=30 segments.short=pad (length=30, "
            "short='pad'), or choose features=mel_image (MelImage) or features=table (HandMade)."
        )


def require_every_genre(corpus: Corpus, store: FeatureStore) -> None:
    """Raise an error if every track of a genre was skipped: a net would learn never to predict it.

    Raises:
        MusicGenreError: There is such a genre.
    """
    used = set(store.segments.genre)
    listed = {track.genre for track in corpus.tracks}  # a collection may lack genres of its model
    if missing := [genre for genre in corpus.genres if genre in listed - used]:
        genre_of = {track.id: track.genre for track in corpus.tracks}
        skipped = [row for row in store.skipped.itertuples() if genre_of[str(row.track)] == missing[0]]
        first = f"{skipped[0].track}: {skipped[0].reason}"
        raise MusicGenreError(
            f"No track of {', '.join(missing)} in {corpus.root} could be used ({first}). Repair them, or name the "
            f"genres to use: {typed('data.genres', sorted(used))}."
        )
