"""Common names for training, validation and test."""

import re

from musicgenre.words import stands_for_nothing

SUBSET_NAMES = {
    "train": ("train", "training", "trainset", "trainingset", "learn", "fit", "devtrain"),
    "val": ("val", "valid", "validation", "validate", "dev", "development", "valset", "validationset"),
    "test": ("test", "testing", "tst", "eval", "evaluation", "testset", "holdout"),
}
_ANY_SET = ("set", "subset", "data", "dataset", "split", "audio", "files")
_LEFT_OUT = ("unused", "left out", "exclude", "excluded")


def subset_of(name: str) -> str | None:
    """Return "train", "val" or "test" for a name of one, None for any other.

    Example:
        >>> subset_of("Training"), subset_of("valid"), subset_of("test_set"), subset_of("blues")
        ('train', 'val', 'test', None)
    """
    plain = "".join(word for word in re.split(r"[\W_]+", name.casefold()) if word not in _ANY_SET)
    return next((subset for subset, names in SUBSET_NAMES.items() if plain in names), None)


def is_left_out(text: str) -> bool:
    """Return whether a table says that a track is in no subset: "", "none", "nan", "-", "unused" and the like.

    Example:
        >>> is_left_out(""), is_left_out("NaN"), is_left_out("Excluded"), is_left_out("train"), is_left_out("tset")
        (True, True, True, False, False)
    """
    return text.casefold() in _LEFT_OUT or stands_for_nothing(text)
