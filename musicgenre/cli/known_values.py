"""The allowed values of every key of every command, checked before anything heavy is loaded, read or computed."""

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.values import Everything, Kind, Number, Settings, Several, Text, Truth, explain_value
from musicgenre.errors import MusicGenreError

_COUNT = Number(1, whole=True)
_SHARE = Number(0, 1)
_RATE = Number(1000, 768_000, whole=True, unit=" Hz")
_SEED = Number(0, 2**32 - 1, whole=True)
_RUN = Text(what="the folder of one run", numbers=True)
_RUNS = Text(what="one folder, with the runs anywhere below it, or links to their folders", numbers=True)
_FORMATS = Several(Text(("png", "pdf")), 1, twice=False)
_PATH = Text(what="a path", null=True, numbers=True)
_NAMES = Several(Text(what="a name", numbers=True), 1, null=True, twice=False)
_BELOW_ONE = Number(0, 0.9999999)
_SIZE = Number(1, 1_000_000, whole=True)
_SIZES = Several(_SIZE, 1)
_WIDTHS = Several(Number(0, 1_000_000, whole=True))
_FFT = Number(0, 1 << 20, whole=True)
_HOP = Number(1, 1 << 20, whole=True)
_BINS = Number(0, 1 << 16, whole=True)
_SIDES = Several(Number(1, 1 << 16, whole=True), 1)
_MASKS = Number(0, 1000, whole=True)

COMMON: dict[str, Kind] = {
    "seed": _SEED,
    "batch_size": Number(1, 1_000_000, whole=True),
    "sample_rate": _RATE,
    "figures": Truth(),
    "trusted": Several(Text(what="the full name of a class"), null=True),
    "data.root": Text(what="a folder", numbers=True),
    "data.table": Text(what="a CSV file", numbers=True),
    "data.artists": _PATH,
    "data.labels": _PATH,
    "data.genres": _NAMES,
    "data.tracks_per_genre": Number(1, 100_000, whole=True),
    "data.seconds": Number(0.1, 3600),
    "data.corpus_seed": _SEED,
    "trainer.max_epochs": Number(-1, 10_000_000, whole=True, null=True),
    "trainer.max_steps": Number(-1, whole=True),
    "trainer.limit_train_batches": Number(0, open=True, null=True),
    "trainer.limit_val_batches": Number(0, null=True),
    "trainer.limit_test_batches": Number(0, null=True),
    "trainer.gradient_clip_val": Number(0, null=True),
    "trainer.val_check_interval": Number(0, open=True, null=True),
    "trainer.log_every_n_steps": _COUNT,
}
TRAINING: dict[str, Kind] = {
    "on_error": Text(("skip", "raise")),
    "segments.length": Number(null=True),
    "segments.overlap": Number(),
    "segments.max_segments": Number(1, 1_000_000, whole=True, null=True),
    "segments.window": Number(0, 1, open=True, null=True),
    "segments.window_overlap": _BELOW_ONE,
    "segments.windows": Number(1, 10_000, whole=True),
    "standardize": Settings(Text(("coefficient", "global", "element", "minmax"), null=True)),
    "protocol": Text(("honest", "as_published")),
    "generated_per_genre": Number(1, 1_000_000, whole=True),
    "gan_run": _PATH,
    "embed.run": _PATH,
    "monitor": Text(what="the name of a logged value"),
    "mode": Text(("min", "max")),
    "select": Text(("best", "last")),
    "milestones": Several(Number(1, 10_000_000, whole=True), null=True),
    "compile": Truth(),
    "channels_last": Truth(),
    "epsilon": Number(0, open=True, null=True),
    "rho": _SHARE,
    "ckpt_path": _PATH,
    "run.tags": Several(Text(what="a name", numbers=True), null=True, twice=False),
    "run.notes": Text(what="a sentence", null=True, numbers=True),
    "embeddings": Truth(),
    "sweep.stop_on_error": Truth(),
    "features.n_fft": _FFT,
    "features.hop_length": _HOP,
    "features.n_mels": _BINS,
    "features.n_mfcc": _BINS,
    "features.n_filters": _BINS,
    "features.max_frames": Number(1, whole=True, null=True),
    "features.size": _SIDES,
    "augment.n_freq_masks": _MASKS,
    "augment.n_time_masks": _MASKS,
    "model.n_fft": _FFT,
    "model.hop_length": _HOP,
    "model.n_filters": _BINS,
    "model.hidden": _WIDTHS,
    "model.channels": _WIDTHS,
    "model.layers": _WIDTHS,
    "model.pool_after": _WIDTHS,
    "model.kernel_sizes": _WIDTHS,
    "model.pool_sizes": _WIDTHS,
    "model.sizes": _WIDTHS,
    "model.dropout": Several(Number(0, 1)),
    "model.estimator.n_estimators": _COUNT,
    "model.estimator.max_iter": Number(-1, whole=True),
    "model.estimator.max_depth": Number(0, whole=True, null=True),
    "model.estimator.hidden_layer_sizes": _WIDTHS,
    "scheduler.frequency": _COUNT,
    "scheduler.patience": Number(0, whole=True),
    "callbacks.early_stopping.patience": Number(0, whole=True),
    "callbacks.unfreezing.every": _COUNT,
    "callbacks.unfreezing.most": Number(1, whole=True, null=True),
    "split.fractions": Several(_SHARE, 3, 3),
    "split.seed": Number(0, 2**32 - 1, whole=True, null=True),
    "split.fold": Number(0, whole=True),
    "split.folds": Number(2, 100_000, whole=True),
    "split.val": Number(0, 1),
    "split.file": Text(what="a CSV file", numbers=True),
    "gan.generator_lr": Number(0, open=True),
    "gan.discriminator_lr": Number(0, open=True),
    "gan.betas": Several(_BELOW_ONE, 2, 2),
    "gan.ema": Number(0, 1, open=True, null=True),
    "gan.epochs": Number(1, 10_000_000, whole=True),
    "gan.batch_size": Number(2, 1_000_000, whole=True),
    "gan.figure_every": _COUNT,
    "gan.judge_epochs": Number(0, 10_000_000, whole=True),
    "gan.discriminator.dropout": _BELOW_ONE,
    **{f"gan.{net}.{name}": _SIZES for net in ("generator", "discriminator") for name in ("hidden", "widths")},
    **{f"gan.{net}.{name}": _SIZE for net in ("generator", "discriminator") for name in ("embedding", "kernel_size")},
    "gan.generator.noise": _SIZE,
    "optimizer.lr": Number(),
    "optimizer.weight_decay": Number(0),
    "optimizer.momentum": Number(0),
}
OF_COMMAND: dict[str, dict[str, Kind]] = {
    "train": TRAINING,
    "gan": TRAINING,
    "prepare": TRAINING,
    "evaluate": {
        "run": _RUN,
        "deform": Several(Text(what="the name of a deformation"), null=True, twice=False),
        "sample_rate": Number(1000, 768_000, whole=True, null=True, unit=" Hz"),
        "trainer.limit_test_batches": Everything(),
    },
    "generate": {
        "run": _RUN,
        "genres": _NAMES,
        "count": Number(1, 100_000, whole=True),
        "audio": Number(0, 100_000, whole=True),
    },
    "compare": {
        "runs": _RUNS,
        "by": Text(what="a group or a key, such as optimizer or optimizer.lr"),
        "metrics": Several(Text(what="a name in metrics.json"), 1, null=True, twice=False),
        "confidence": Number(0, 1, open=True),
        "formats": _FORMATS,
    },
    "predict": {
        "run": Several(Text(what="the folder of a run", numbers=True), 1, null=True),
        "audio": Text(what="a file or a folder", numbers=True),
        "top": _COUNT,
        "save": Several(Text(("csv", "json"))),
        "device": Text(what="auto, cpu, cuda or mps"),
    },
    "demo": {
        "run": Several(Text(what="the folder of a run", numbers=True), 1),
        "port": Number(0, 65535, whole=True),
        "browser": Truth(),
        "largest": Number(0, 2000, open=True, unit=" MB"),
        "device": Text(what="auto, cpu, cuda or mps"),
    },
    "explore": {
        "run": Text(what="the folder of one run", null=True, numbers=True),
        "tracks": Several(Text(what="a track's id or file name", numbers=True)),
        "table": Text(what="features or a CSV file", null=True, numbers=True),
        "layer": Text(what="the name of a layer", null=True, numbers=True),
        "stability": Truth(),
    },
    "export": {"run": _RUN, "format": Text(("onnx", "pt2"))},
    "ensemble": {"runs": Several(Text(what="a folder", numbers=True), 1)},
    "report": {"runs": _RUNS, "audio": _PATH, "keep": _PATH, "formats": _FORMATS},
    "audit": {"near": Truth(), "threshold": _SHARE},
}
_PARTS = ("model", "features", "split", "augment", "gan")  # the user's own may use the same names for anything
_KNOWN = ("musicgenre.", "sklearn.", "torch.")  # packages whose settings are known here
_SAID = {  # keys with a message of their own
    "split.fold": "give a whole number of at least 0, or split.fold=all with -m for one run per fold",
    "top": "show 1 genre or more",
    "formats": "choose png, pdf or [png,pdf] for the figures; tables are always written in all formats",
    "save": "choose save=csv, save=json or save=[csv,json]",
    "trainer.limit_train_batches": "give 1 or more batches, or a share of them above 0",
}
_ONE_OR_SEVERAL = (  # keys where a single value is not made a list
    *("predict.run", "demo.run", "ensemble.runs", "features.size"),
    *("model.dropout", "model.hidden", "model.channels", "model.layers"),
)


def check_values(cfg: DictConfig, command: str) -> None:
    """Check every value of a command's config, and convert whole numbers to int and single values to lists.

    Settings of the user's own network, front end, split, augmentation or GAN are not checked.

    Raises:
        MusicGenreError: A value is not allowed; the message names the key, the value and what is allowed.

    Example:
        >>> check_values(OmegaConf.create({"top": 1.5}), "predict")
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: top is 1.5: show 1 genre or more.
    """
    kinds = {**COMMON, **OF_COMMAND.get(command, {})}
    nodes = {above: _node(cfg, above) for above in {key.rpartition(".")[0] for key in kinds}}
    for key, kind in kinds.items():
        above, _, name = key.rpartition(".")
        for value in _values(nodes[above], name):
            try:
                taken = kind.taken(value)
            except (ValueError, TypeError, OverflowError):
                raise MusicGenreError(explain_value(key, value, kind, _SAID.get(key, ""))) from None
            single = not isinstance(value, list) and {key, f"{command}.{key}"} & {*_ONE_OR_SEVERAL}
            if taken != value or type(taken) is not type(value):
                OmegaConf.update(cfg, key, taken[0] if single else taken)


def takes_whole_numbers(key: str, command: str) -> bool:
    """Return whether a setting of a command takes whole numbers alone; those of the user's own parts may take any.

    Example:
        >>> [takes_whole_numbers(key, "train") for key in ("batch_size", "optimizer.lr", "model.n_fft")]
        [True, False, False]
    """
    kind = kind_of(key, command)
    return isinstance(kind, Number) and kind.whole


def kind_of(key: str, command: str) -> Kind | None:
    """Return what is known of a setting of a command; None for one that a part of the user's own may have."""
    return None if key.partition(".")[0] in _PARTS else usual_kind(key, command)


def usual_kind(key: str, command: str) -> Kind | None:
    """Return what is known of a setting of a command, if it is not that of a part of the user's own."""
    return {**COMMON, **OF_COMMAND.get(command, {})}.get(key)


def _is_known(cfg: DictConfig, above: str) -> bool:
    """Return whether the settings below a dotted key are for a class from a package that is known here."""
    names = above.split(".")
    nodes = [OmegaConf.select(cfg, ".".join(names[:count])) for count in range(len(names), 0, -1)]
    made = [str(node["_target_"]) for node in nodes if isinstance(node, DictConfig) and "_target_" in node]
    return not made or made[0].startswith(_KNOWN)


def _node(cfg: DictConfig, above: str) -> DictConfig | None:
    """Return the settings below a dotted key; None if there are none, or only those of a part of the user's own."""
    if above.partition(".")[0] in _PARTS and not _is_known(cfg, above):
        return None
    node = OmegaConf.select(cfg, above) if above else cfg
    return node if isinstance(node, DictConfig) else None


def _values(node: DictConfig | None, name: str) -> Iterator[Any]:
    """Yield the value of a setting, as plain values; nothing if there is none."""
    if node is not None and name in node and not OmegaConf.is_missing(node, name):
        value = node[name]
        yield OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
