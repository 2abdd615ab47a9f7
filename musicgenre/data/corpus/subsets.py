"""Common names for training, validation and test."""

SUBSET_NAMES = {
    "train": ("train", "training", "trainset", "trainingset", "learn", "fit", "dev_train"),
    "val": ("val", "valid", "validation", "validate", "dev", "development", "valset", "validationset"),
    "test": ("test", "testing", "tst", "eval", "evaluation", "testset", "holdout"),
}
LEFT_OUT = ("", "none", "unused", "left out", "exclude", "excluded")  # names in tables for a track in no subset


def subset_of(name: str) -> str | None:
    """Return "train", "val" or "test" for a name of one, None for any other.

    Example:
        >>> subset_of("Training"), subset_of("valid"), subset_of("blues")
        ('train', 'val', None)
    """
    plain = name.strip().casefold().replace("-", "").replace(" ", "")
    return next((subset for subset, names in SUBSET_NAMES.items() if plain in names), None)
