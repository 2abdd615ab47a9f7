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
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together
from musicgenre.runs.tested import where_tested
from musicgenre.words import counted


def ensemble(runs: Path | Sequence[Path], job: Job) -> dict[str, float | str]:
    """Average the probabilities of the runs' validation and test segments, and write a run folder.

    Runs on audio, on pictures of it and on a table of its features are matched by track name.

    Args:
        runs: Two or more run folders with the same tracks and split, each counted once; or one folder that holds them,
            such as a sweep's, whose milestones are left out. Copies, with the settings and predictions of another, are
            left out and named in the log.
        job: The command's settings, which are recorded once all checks have passed, and the folder for the results.

    Returns:
        The ensemble's metrics.

    Raises:
        MusicGenreError: There are fewer than two runs, one is not finished, they do not match, or the folder holds a
            training run, or files that no ensemble wrote.
    """
    folder = RunFolder(job.folder)
    refuse_others(folder, "ensemble")
    members = _members(runs)
    from musicgenre.evaluation.ensemble import mean_predictions  # what follows loads pandas, scikit-learn, matplotlib
    from musicgenre.runs.results import result_figures, write_results
    from musicgenre.runs.same_names import under_one_name

    predictions = mean_predictions(under_one_name([run.predictions for run in members]))
    named: dict[str, float | str] = {"members": len(members), "ensemble": names_together(members)}
    summary = named | where_tested(members) | joined(run.metrics for run in members)
    begin_others(job)
    return write_results(folder, predictions, result_figures(predictions), summary)


def _members(runs: Path | Sequence[Path]) -> list[Run]:
    """Return the listed runs, or those in the one folder named, without milestones; each once, also if it is copied."""
    if isinstance(runs, Path):
        members = [run for run in read_runs(runs) if not is_milestone(run.folder)]
    else:
        members = [Run(expanded(path)) for path in runs]
    once: dict[Path, Run] = {}
    for run in members:
        once.setdefault(run.folder.resolve(), run)
    for run in once.values():
        if not run.is_finished:
            found = "no metrics.json in it" if run.folder.is_dir() else "no such folder"
            raise MusicGenreError(
                f"{run.folder} is not a finished run ({found}): give folders that `musicgenre train` wrote."
            )
    from musicgenre.runs.repeats import without_copies  # loads pandas

    kept, copies = without_copies([(run, run.predictions) for run in once.values()])
    if len(kept) < 2:
        named = f"{counted(len(kept), 'run')}{' besides copies' if copies else ''}"
        raise MusicGenreError(f"runs names {named}: an ensemble needs two or more, runs=[A,B].")
    return [run for run, _ in kept]
