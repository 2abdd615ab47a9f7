"""Results as tables for the terminal, within 80 columns."""

from collections.abc import Mapping

import pandas as pd
from rich.console import Group
from rich.table import Table

from musicgenre.shortened import names
from musicgenre.transcript import empty_table

SPLITS = {"train": "training", "val": "validation", "test": "test"}


def results_table(
    metrics: Mapping[str, float],
    genres: pd.DataFrame,
    *,
    title: str = "Results",
    genres_title: str = "By genre, test tracks",
) -> Group:
    """Return tables of a run's results: a row per split and level, then a row per genre; shares are in %.

    Args:
        metrics: `{split}/{level}/{metric}`; with `accuracy_low` and `accuracy_high`, it shows the accuracy's 95 %
            interval; an F1 may be missing, as in training. Other keys are left out.
        genres: One row per genre with columns genre, precision, recall, f1 (0 to 1) and support.
        title: Title of the first table.
        genres_title: Title of the second table.

    Example:
        >>> metrics = {f"test/track/{name}": 0.75 for name in ("accuracy", "macro_f1", "loss")}
        >>> genres = pd.DataFrame({"genre": ["jazz"], "precision": 0.8, "recall": 0.5, "f1": 0.6, "support": 20})
        >>> [[str(next(each.cells)) for each in table.columns] for table in results_table(metrics, genres).renderables]
        [['test', 'track', '75.0', '', '75.0', '0.750'], ['jazz', '80.0', '50.0', '60.0', '20']]
    """
    return Group(_summary(metrics, title), _genres(genres, genres_title))


def _summary(metrics: Mapping[str, float], title: str) -> Table:
    texts, numbers = ("split", "level"), ("accuracy", "95 % interval", "macro-F1", "loss")
    table = empty_table(f"{title} (%)", texts, numbers, whole=texts)
    for split, split_name in SPLITS.items():
        for level in ("segment", "track"):
            at = f"{split}/{level}/"
            if at + "accuracy" in metrics:
                table.add_row(split_name, level, *_cells(metrics, at))
    return table


def _cells(metrics: Mapping[str, float], at: str) -> list[str]:
    interval = ""
    if at + "accuracy_low" in metrics:
        interval = f"{_percent(metrics[at + 'accuracy_low'])} to {_percent(metrics[at + 'accuracy_high'])}"
    return [
        _percent(metrics[at + "accuracy"]),
        interval,
        _percent(metrics[at + "macro_f1"]) if at + "macro_f1" in metrics else "",
        f"{metrics[at + 'loss']:.3f}",
    ]


def _genres(genres: pd.DataFrame, title: str) -> Table:
    table = empty_table(f"{title} (%)", ("genre",), ("precision", "recall", "F1", "examples"))
    for name, row in zip(names(genres["genre"]), genres.to_dict("records"), strict=True):
        scores = [_percent(row[metric]) for metric in ("precision", "recall", "f1")]
        table.add_row(name, *scores, str(int(row["support"])))
    if (absent := int((genres["support"] == 0).sum())) > 0:
        table.caption = f"Macro averages are over the {len(genres) - absent} of {len(genres)} genres with examples."
        table.caption_justify = "left"
    return table


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.1f}"  # NaN: not defined


_JUDGED = (  # name, generated, real; whether it is a share
    ("Frechet distance to validation segments", "frechet_val/mean", "frechet_real/mean", False),
    ("Frechet distance to training segments", "frechet_train/mean", "", False),
    ("diversity within a genre (real: 1)", "diversity/mean", "", False),
    ("near-copies of a training segment, %", "near_copies/share", "", True),
    ("net trained on generated only, validation accuracy, %", "generated_only/val_accuracy", "", True),
    ("net trained on generated only, test accuracy, %", "generated_only/test_accuracy", "", True),
)


def judged_table(metrics: Mapping[str, float]) -> Table:
    """Return a table of how good generated sequences are, as means over genres; what was not measured has no row.

    Args:
        metrics: `gan/...`, as in a GAN's metrics.json.

    Example:
        >>> metrics = {"gan/frechet_val/mean": 9.7, "gan/frechet_real/mean": 4, "gan/near_copies/share": 0.1}
        >>> [list(column.cells) for column in judged_table(metrics).columns][1:]
        [['9.70', '10.0'], ['4.00', '']]
    """
    table = empty_table("Generated sequences", ("",), ("generated", "real"))
    for what, generated, real, is_share in _JUDGED:
        found = [metrics.get(f"gan/{name}") for name in (generated, real)]
        if found[0] is not None:
            table.add_row(what, *("" if v is None else _percent(v) if is_share else f"{v:.2f}" for v in found))
    return table
