"""Optuna studies: opened by the search and by the jobs that report to them, and drawn at the end."""

import re
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError
from musicgenre.runs.another import contrast

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage

Direction = Literal["minimize", "maximize"]

_ASKED = "asked"  # attribute of a study: the settings shared by all of its jobs
_PASSWORD = re.compile(r"(password|passwd|pwd)\s*=", re.IGNORECASE)  # sslpassword=, odbc_connect=...;PWD=
# Another study in the same folder would propose the same values first, for which there are folders with other settings.
_ELSEWHERE = "choose another hydra.sweeper.study_name and another hydra.sweep.dir"
PRUNED = "pruned"  # attribute of a trial that was pruned


def open_study(storage: str, name: str, direction: Direction | None = None, **more: Any) -> "Study":  # noqa: ANN401
    """Open a study, or create it.

    Args:
        storage: A file, which several processes on one machine or a network file system may write, or the URL of a
            database (`sqlite:///FILE`, `postgresql://...`).
        name: Name of the study in the storage.
        direction: minimize or maximize, to create the study; None opens an existing one.
        more: Optuna's `sampler` and `pruner`.

    Raises:
        MusicGenreError: Optuna is not installed, or the storage cannot be opened, or holds a study of this name with
            the other direction.
    """
    try:
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
    except ImportError as error:
        raise MissingPackageError("A search needs Optuna", "sweep") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            if "://" in storage:
                kept: Any = _database(storage)
            else:
                Path(storage).parent.mkdir(parents=True, exist_ok=True)
                kept = optuna.storages.JournalStorage(JournalFileBackend(storage, JournalFileOpenLock(storage)))
            how: Any = {"storage": kept, "study_name": name, **more}
            if direction is None:
                return optuna.load_study(**how)
            study = optuna.create_study(**how, direction=direction, load_if_exists=True)
    except Exception as error:  # errors of any database
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        if isinstance(driver := error.__cause__, ModuleNotFoundError):
            reason = f"its driver {driver.name} is not installed here"
        raise MusicGenreError(
            f"The study {name!r} in {storage} cannot be opened ({reason}): check hydra.sweeper.storage."
        ) from error
    if study.direction.name.lower() != direction:
        raise MusicGenreError(
            f"The study {name!r} in {storage} is set to {study.direction.name.lower()}, but this search to "
            f"{direction}: {_ELSEWHERE}."
        )
    return study


def _database(url: str) -> "RDBStorage":
    """Open a database; try again if another search is creating its tables at the same moment."""
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

    for pause in (0.2, 1.0, 3.0):  # seconds to wait for the tables
        try:
            return RDBStorage(url)
        except (IntegrityError, OperationalError, ProgrammingError) as error:
            if not isinstance(error, IntegrityError) and "already exists" not in str(error):
                raise
            time.sleep(pause)
    return RDBStorage(url)


def require_no_password(storage: str) -> None:
    """Raise a `MusicGenreError` if a URL holds a password, or may: every run folder of the search would keep it.

    Example:
        >>> require_no_password("postgresql://me@server/studies")
        >>> require_no_password("postgresql://me:secret@server/studies")
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: hydra.sweeper.storage holds a password, which each run folder would keep: \
leave it out of the URL, and supply it in the database's usual way (PostgreSQL: PGPASSWORD or ~/.pgpass).
    """
    if "://" not in storage:
        return
    from sqlalchemy.engine import make_url  # which Optuna brings along, and opens it with
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(storage)
    except (ArgumentError, ValueError):
        raise MusicGenreError(
            "hydra.sweeper.storage is not a valid database URL: write it as postgresql://USER@HOST/NAME, or give "
            "a file."
        ) from None
    if url.password or any(_PASSWORD.search(f"{key}={value}") for key, value in url.query.items()):
        raise MusicGenreError(
            "hydra.sweeper.storage holds a password, which each run folder would keep: leave it out of the URL, and "
            "supply it in the database's usual way (PostgreSQL: PGPASSWORD or ~/.pgpass)."
        )


def require_same_space(study: "Study", space: Mapping[str, Any], storage: str) -> None:
    """Make sure that a study has searched the same space so far; ranges of numbers may differ.

    Args:
        study: An opened study.
        space: Distributions by key.
        storage: Where the study is stored, for the message.

    Raises:
        MusicGenreError: It searched other keys, or other choices.
    """
    import optuna

    for trial in study.get_trials(deepcopy=False):
        if not trial.distributions:
            continue
        if set(trial.distributions) != set(space):
            theirs, ours = (", ".join(sorted(keys)) for keys in (trial.distributions, space))
            raise MusicGenreError(_another(study, storage, f"searched {theirs}, but this search covers {ours}"))
        for key, then in trial.distributions.items():
            try:
                optuna.distributions.check_distribution_compatibility(then, space[key])
            except ValueError as error:
                said = f"searched other values of {key} than this search"
                raise MusicGenreError(_another(study, storage, said)) from error


def require_same_settings(study: "Study", asked: Sequence[str], storage: str) -> None:
    """Make sure that a study's jobs had the same fixed settings as this search's, which Optuna does not know.

    Args:
        study: An opened study; one without jobs records the settings.
        asked: The fixed settings, as typed.
        storage: Where the study is stored, for the message.

    Raises:
        MusicGenreError: They had others.
    """
    known = study.user_attrs.get(_ASKED)
    if known is None:
        study.set_user_attr(_ASKED, list(asked))
    elif list(known) != list(asked):
        said = f"ran jobs {contrast(sorted(known), sorted(asked), 'search')}"
        raise MusicGenreError(_another(study, storage, said))


def _another(study: "Study", storage: str, said: str) -> str:
    return f"The study {study.study_name!r} in {storage} {said}: {_ELSEWHERE}."


def search_figures(study: "Study", folder: Path, monitored: str) -> None:
    """Draw how the search went and which keys mattered: `search_history.png` and `search_importances.png`.

    Importances (fANOVA, Hutter et al. 2014) need several complete jobs and keys; with fewer there is no such figure.
    """
    import optuna

    from musicgenre.visual.render import draw, write_png
    from musicgenre.visual.search import history_figure, importances_figure

    trials = study.get_trials(deepcopy=False)
    whole = [trial.value if trial.state.name == "COMPLETE" else None for trial in trials]
    last = [_last(trial.intermediate_values) if trial.state.name == "PRUNED" else None for trial in trials]
    best = "min" if study.direction.name == "MINIMIZE" else "max"
    write_png(folder / "search_history.png", draw(history_figure(whole, last, monitored, best)))
    if len({str(trial.params) for trial in trials if trial.state.name == "COMPLETE"}) < 4 or len(trials[0].params) < 2:
        return
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (ValueError, RuntimeError):  # equal values, or jobs with different keys
        return
    write_png(folder / "search_importances.png", draw(importances_figure(shares)))


def _last(reported: Mapping[int, float]) -> float | None:
    return reported[max(reported)] if reported else None
