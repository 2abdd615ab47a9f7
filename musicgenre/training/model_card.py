"""A run's model card: what the model is, its training data, its results and its use."""

from collections.abc import Mapping

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.files import replace_text
from musicgenre.quoting import quoted
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.leaks import PREFIX
from musicgenre.runs.own_configs import own_parts
from musicgenre.runs.report_text import markdown
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of
from musicgenre.training.spared import spared
from musicgenre.words import counted
from musicgenre.yaml_text import parse_yaml

NAME = "model_card.md"
SIDES = ("train", "val", "test")
_IN_WORDS = {"train": "training", "val": "validation", "test": "test"}
_USE = """\
For sorting and exploring music by the genres above, as understood by those who labelled the tracks; not for decisions
about people or money. Every recording gets one of these genres, even if it is other music, speech or noise:
`musicgenre predict` says `unsure` for a close call, and `unlike` for what sounds like none of the training tracks."""
_KINDS = {"audio": "recordings", "picture": "pictures", "table": "rows of a table"}
_LABELLED = ", as understood by those who labelled the tracks"  # not of rendered ones
_OF_DATA = {
    "gtzan": "GTZAN's recordings were gathered from CDs and radio for research, and have no licence.",
    "synthetic": "The tracks were rendered by musicgenre, and are free of third-party rights.",
}
_UNKNOWN = "musicgenre does not know the licence of the tracks: find out before you pass the weights on."


def card_facts(job: Job, data: GenreDataModule, metrics: Mapping[str, float | str]) -> list[tuple[str, str]]:
    """Return what a model is, what it was trained on, how well it does, and how it is used, as names and texts.

    Args:
        job: The request and the run folder.
        data: The run's data.
        metrics: The content of `metrics.json`.
    """
    rows = data.rows
    counts = [f"{len(rows[side])} for {side}" for side in SIDES if side in rows]
    facts = {
        "model": str(job.choices.get("model")),
        "parameters": f"{int(metrics['parameters']):,}" if "parameters" in metrics else "",
        "genres": ", ".join(data.genres),
        "data": f"{_corpus(job)}: {counted(len(data.corpus.tracks), 'track')}; segments: {', '.join(counts)}",
        "split": str(job.choices.get("split")),
        "features": str(job.choices.get("features")),
        "epochs": f"{metrics['epochs']}, tested: {metrics.get('tested_epoch', '-')}" if metrics["epochs"] else "",
        **{f"{_IN_WORDS[side]} accuracy (tracks)": _accuracy(metrics, side) for side in SIDES},
        "leak": _leak(metrics),
    }
    if "audio" in data.front_end.reads:  # a model of pictures alone takes no audio
        words = [*own_parts(parse_yaml(job.hydra) or {}, job.config), quoted(f"run={job.folder}")]
        facts["usage"] = f"`musicgenre predict {' '.join(words)} audio=FILE`"
    return [(name, text) for name, text in facts.items() if text]


def _leak(metrics: Mapping[str, float | str]) -> str:
    """Return what a run leaks, and of how many test tracks nobody knows whether their artist is in the training set."""
    text = str(metrics.get("leak") or "none known")
    unknown, tested = (metrics.get(f"{PREFIX}{name}", 0) for name in ("artists_unknown", "test_tracks"))
    return f"{text}; unknown artists: {unknown} of {tested} test tracks" if unknown else text


@spared("The model card")
def write_model_card(job: Job, data: GenreDataModule, metrics: Mapping[str, float | str]) -> None:
    """Write a run's model card into its folder."""
    replace_text(RunFolder(job.folder).path / NAME, model_card(job, data, metrics))


def model_card(job: Job, data: GenreDataModule, metrics: Mapping[str, float | str]) -> str:
    """Return a run's model card in Markdown.

    Args:
        job: The request and the run folder.
        data: The run's data.
        metrics: The content of `metrics.json`.
    """
    title = job.choices.get("experiment") or job.choices.get("model")
    segments = data.segments.assign(side=data.assignment)
    tracks = segments[segments.side.isin(SIDES)].drop_duplicates(["track", "side"]).groupby(["genre", "side"]).size()
    by_genre = [(genre, *(str(tracks.get((genre, side), 0)) for side in SIDES)) for genre in data.genres]
    parts = [
        f"# Model card: {title}",
        markdown(("", ""), card_facts(job, data, metrics)),
        f"Tracks are {_KINDS[data.corpus.kind]}; the split is {data.split!r}. "
        "Accuracies are of tracks, with 95 % intervals.",
        "## Tracks by genre",
        markdown(("genre", *SIDES), by_genre),
        "## Intended use",
        _USE.replace(_LABELLED, "") if _source(job.config) == "synthetic" else _USE,
        "## Licences",
        licences(job.config),
        "musicgenre itself is under the MIT licence.",
    ]
    return "\n\n".join(parts) + "\n"


def licences(config: Mapping[str, object]) -> str:
    """Return what is known of the licences of a run's data and of what it builds on.

    Example:
        >>> licences({"data": {"_target_": "musicgenre.data.corpus.sources.synthetic"}, "features": {}})
        'The tracks were rendered by musicgenre, and are free of third-party rights.'
    """
    heard = _target(config.get("features"))
    said = [_OF_DATA.get(_source(config), _UNKNOWN)]
    if "musicnn" in heard.lower():
        said.append("musicnn's published weights are under the ISC licence.")
    if "huggingface" in heard.lower():
        said.append("The pretrained encoder has its own licence: see where it was published.")
    return " ".join(said)


def _corpus(job: Job) -> str:
    """Return the data's name, as in reports: with that of its folder or table, and with its settings."""
    run = Run(job.folder)
    return data_of(run) if run.files.overrides_yaml.is_file() else str(job.choices.get("data"))


def _source(config: Mapping[str, object]) -> str:
    return _target(config.get("data")).rpartition(".")[2]


def _target(node: object) -> str:
    return str(node.get("_target_", "")) if isinstance(node, Mapping) else ""


def _accuracy(metrics: Mapping[str, float | str], side: str) -> str:
    name = f"{side}/track/accuracy"
    if not isinstance(metrics.get(name), int | float):
        return ""
    bounds = [metrics.get(f"{name}_{bound}") for bound in ("low", "high")]
    shown = [f"{100 * bound:.0f}" for bound in bounds if isinstance(bound, int | float)]
    return f"{100 * float(metrics[name]):.1f} %" + (f" (95 %: {' to '.join(shown)})" if shown else "")
