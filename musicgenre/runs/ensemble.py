"""The mean of several runs' probabilities, as a separate run."""

from collections.abc import Sequence
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.find import is_milestone, read_runs
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.leaks import joined
from musicgenre.runs.other_results import begin_others, refuse_others
from musicgenre.runs.read import path_of
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together, where_tested
from musicgenre.words import counted

_HYDRA = (
    "hydra:\n  job:\n    config_name: ensemble\n  runtime:\n    choices: {}\n"  # what readers need of Hydra's config
)


def ensemble(runs: str | Path | Sequence[str | Path], folder: str | Path) -> dict[str, float | str]:
    """Average the probabilities of the runs' validation and test segments, and write a run folder.

    Runs on audio, on pictures of it and on a table of its features are matched by track name.

    Args:
        runs: Two or more run folders with the same tracks and split, each counted once; or one folder that holds them,
            such as a sweep's, whose milestones are left out.
        folder: Folder for the results.

    Returns:
        The ensemble's metrics.

    Raises:
        MusicGenreError: There are fewer than two runs, one is not finished, they do not match, or the folder holds a
            training run, or files that no ensemble wrote.
    """
    return write_ensemble(runs, RunFolder(path_of(folder, "folder")))


def write_ensemble(
    runs: str | Path | Sequence[str | Path], folder: RunFolder, job: Job | None = None
) -> dict[str, float | str]:
    """Do what `ensemble` does, and record the job once all checks have passed.

    Args:
        runs: As in `ensemble`.
        folder: Folder for the results.
        job: The command's settings; None makes them from the runs.
    """
    refuse_others(folder, "ensemble")
    members = _members(runs)
    from musicgenre.evaluation.ensemble import mean_predictions  # what follows loads pandas, scikit-learn, matplotlib
    from musicgenre.runs.results import result_figures, write_results
    from musicgenre.runs.same_names import under_one_name

    predictions = mean_predictions(under_one_name([run.predictions for run in members]))
    named: dict[str, float | str] = {"members": len(members), "ensemble": names_together(members)}
    summary = named | where_tested(members) | joined(run.metrics for run in members)
    begin_others(folder, "ensemble", job or _job(runs, folder.path))
    return write_results(folder, predictions, result_figures(predictions), summary)


def _job(runs: str | Path | Sequence[str | Path], folder: Path) -> Job:
    """Return the job that the command line would have made, by which reports and `load_run` recognise the ensemble."""
    named = str(runs) if isinstance(runs, str | Path) else [str(path) for path in runs]
    typed = named if isinstance(named, str) else f"[{','.join(named)}]"
    return Job("ensemble", folder, {"runs": named}, (f"runs={typed}",), {}, _HYDRA)


def _members(runs: str | Path | Sequence[str | Path]) -> list[Run]:
    """Return the listed runs, each once, or those in the one folder named, without milestones."""
    if isinstance(runs, Sequence) and not isinstance(runs, str):
        members = [Run(expanded(path_of(path, "one of the runs"))) for path in runs]
    else:
        members = [run for run in read_runs(path_of(runs, "runs")) if not is_milestone(run.folder)]
    once: dict[Path, Run] = {}
    for run in members:
        once.setdefault(run.folder.resolve(), run)
    members = list(once.values())
    if len(members) < 2:
        raise MusicGenreError(f"runs names {counted(len(members), 'run')}: an ensemble needs two or more, runs=[A,B].")
    for run in members:
        if not run.is_finished:
            found = "no metrics.json in it" if run.folder.is_dir() else "no such folder"
            raise MusicGenreError(
                f"{run.folder} is not a finished run ({found}): give folders that `musicgenre train` wrote."
            )
    return members
