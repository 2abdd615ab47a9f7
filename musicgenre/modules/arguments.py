"""The arguments that a `GenreClassifier` accepts."""

import torch

from musicgenre.arguments import GENRES_ARGUMENT, Argument, is_made, is_number
from musicgenre.data.arguments import DATA_ARGUMENTS
from musicgenre.modules.schedule import Schedule


def _gives_a_number(value: object) -> bool:
    return is_made(value) and getattr(value, "reduction", None) != "none"


def _is_device(value: object) -> bool:
    return isinstance(value, str | int | torch.device) and not isinstance(value, bool)


LOADING_ARGUMENTS = {
    "features": DATA_ARGUMENTS["features"],
    "standardize": Argument(callable, "a standardisation, or its class"),
    # Further arguments of Lightning's `load_from_checkpoint`: a classifier fixes all but the first.
    "map_location": Argument(_is_device, "the device of the weights, such as 'cpu' or 'cuda:0'"),
    "strict": Argument(
        lambda value: value is True, "True or nothing, as a classifier takes all weights of a checkpoint"
    ),
    "weights_only": Argument(lambda value: value is True, "True or nothing, as no code in a checkpoint is run"),
    "hparams_file": Argument(
        lambda value: False, "nothing, as a checkpoint itself says what the classifier is made of"
    ),
}

CLASSIFIER_ARGUMENTS = {
    "net": Argument(callable, "a net, its class such as BiLSTM, or a functools.partial of it", optional=False),
    **GENRES_ARGUMENT,
    "loss": Argument(
        _gives_a_number,
        "a loss object that returns one number (a reduction is not 'none'), such as torch.nn.CrossEntropyLoss()",
    ),
    "optimizer": Argument(
        callable, "what makes an optimizer of parameters, such as torch.optim.Adam or a partial of it"
    ),
    "lr": Argument(lambda value: is_number(value) and value >= 0, "a number of 0 or more, such as 1e-3"),
    "scheduler": Argument(
        lambda value: callable(value) or isinstance(value, Schedule),
        "what makes a scheduler of an optimizer, such as a functools.partial of torch.optim.lr_scheduler.StepLR",
    ),
    "mix": Argument(is_made, "a mix object, such as Mixup()"),
}
