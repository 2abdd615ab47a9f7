"""Valid arguments of a `GenreDataModule`."""

from torch import nn

from musicgenre.arguments import Argument, is_made, is_number, is_whole, takes_two
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import FrontEnd
from musicgenre.features.scaling import SCALINGS

_SCALINGS = f"{', '.join(map(repr, SCALINGS))}, None for none, or a module"

DATA_ARGUMENTS = {
    "corpus": Argument(lambda value: isinstance(value, Corpus), "a corpus, such as folder('music')", optional=False),
    "features": Argument(lambda value: isinstance(value, FrontEnd), "an instance of a front end, such as MFCC()"),
    "length": Argument(is_number, "seconds, such as 3.0, or None for whole tracks"),
    "overlap": Argument(is_number, "a share from 0 to below 1", optional=False),
    "max_segments": Argument(is_whole, "a whole number, or None for all"),
    "window": Argument(is_number, "a share of a segment, or None for whole segments"),
    "window_overlap": Argument(is_number, "a share from 0 to below 1", optional=False),
    "windows": Argument(is_whole, "a whole number", optional=False),
    "split": Argument(takes_two, "a split, such as splits.stratified(seed=0)"),
    "batch_size": Argument(is_whole, "a whole number, such as 32", optional=False),
    "standardize": Argument(lambda value: value in SCALINGS if isinstance(value, str) else callable(value), _SCALINGS),
    "augment": Argument(is_made, "a module or function, such as SpecAugment()"),
    "wave_augment": Argument(lambda value: isinstance(value, nn.Module), "an instance of torch.nn.Module"),
    "seed": Argument(is_whole, "a whole number, such as 0", optional=False),
    "on_error": Argument(lambda value: value in ("skip", "raise"), "'skip' or 'raise'", optional=False),
}
