"""Run folders as Python objects, for notebooks and other programs."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.described import accuracy_of
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED, flat, of_networks, of_searches, of_tests, override_key, value_of
from musicgenre.runs.read import (
    damaged,
    path_of,
    read_history,
    read_metrics,
    read_overrides,
    read_predictions,
    read_settings,
)
from musicgenre.suggest import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from musicgenre.modules.classifier import GenreClassifier
    from musicgenre.prediction import AudioClassifier

UNRECORDED = "a run"  # that an evaluation tested, by a checkpoint alone


@dataclass(frozen=True, repr=False)
class Run:
    """One run folder, read on access; the data that it was trained on is not needed.

    Anything that reads a file raises `MusicGenreError` if it is missing or damaged.

    Attributes:
        folder: The run folder.
        trusted: Names of your own classes that `model` may use: those that `train` was called with.
    """

    folder: Path
    trusted: frozenset[str] = field(default=frozenset(), compare=False)
    _place: Path = field(init=False, compare=False)  # absolute: the working folder may change

    def __post_init__(self) -> None:
        """Turn a text into a path, and remember it as an absolute one."""
        object.__setattr__(self, "folder", path_of(self.folder, "folder"))
        object.__setattr__(self, "_place", self.folder.absolute())

    @property
    def files(self) -> RunFolder:
        """The paths of the run's files."""
        return RunFolder(self._place)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The full config that the run was started with, as plain values; `value` takes dotted keys."""
        return read_settings(self.files.config_yaml)

    @cached_property
    def overrides(self) -> tuple[str, ...]:
        """The overrides as typed, such as `("optimizer=adam", "seed=1")`."""
        return read_overrides(self.files.overrides_yaml)

    @cached_property
    def choices(self) -> dict[str, Any]:
        """The option chosen in each group, such as `choices["optimizer"]`; None where none was."""
        found = value_of(self._hydra, "hydra.runtime.choices", None)
        if not isinstance(found, dict):
            raise damaged(self.files.hydra_yaml, "it holds no choices of config groups")
        return found

    @cached_property
    def metrics(self) -> dict[str, float | str]:
        """The results by name, such as `metrics["test/track/accuracy"]`."""
        return read_metrics(self.files.metrics_json)

    @property
    def predictions(self) -> "pd.DataFrame":
        """One row per segment of validation and test: split, track, start (s), genre, label, `p_<genre>`...; a copy."""
        return self._predictions.copy()

    @property
    def history(self) -> "pd.DataFrame":
        """One row per epoch: the curves; a copy."""
        return self._history.copy()

    @cached_property
    def model(self) -> "GenreClassifier":
        """The trained LightningModule with the weights that were tested, or with the fitted pipeline.

        One with classes of your own is read by `musicgenre.load_model(run, trusted={"mine.MyNet"})`, unless `train` has
        just returned the run.
        """
        from musicgenre import load_model  # imports torch and Lightning, which reading a run does not need

        return load_model(self)

    @cached_property
    def classifier(self) -> "AudioClassifier":
        """The trained model, ready to classify a file or a waveform: `classifier("song.mp3")`."""
        return self.model.audio_classifier()

    @property
    def is_finished(self) -> bool:
        """Whether the run is complete."""
        return self.files.metrics_json.is_file()

    @property
    def seed(self) -> int | None:
        """The run's seed, or that of the run that an evaluation tested; None if it had none, or it is unknown."""
        source = self.tested if self.evaluated else self
        found = self._of_gone("seed") if source is None else source._setting("seed")
        return int(found) if isinstance(found, int | float) and found == found // 1 else None

    @property
    def tags(self) -> tuple[str, ...]:
        """The run's tags, `run.tags=[...]`."""
        found = self._setting("run.tags")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    @property
    def notes(self) -> str:
        """The run's notes, `run.notes=...`; empty if there are none."""
        found = self._setting("run.notes")
        return "" if found is None else str(found)

    @property
    def data(self) -> str:
        """The data's name, with that of its folder or table: "synthetic", "gtzan genres_original"."""
        places = (self._setting(f"data.{key}") for key in ("root", "table"))
        chosen = [self._choice("data"), *(self._folder_name(str(place)) for place in places if place)]
        return " ".join(chosen).strip() or self._recorded("data")

    @property
    def split(self) -> str:
        """The split's name, with the settings typed for it: "stratified", "artist_kfold fold=2"."""
        overrides = self.overrides if self.files.overrides_yaml.exists() else ()
        typed = [text for text in overrides if override_key(text).startswith("split.")]
        chosen = [self._choice("split"), *(text.lstrip("+").removeprefix("split.") for text in typed)]
        return " ".join(chosen).strip() or self._recorded("split")

    @property
    def ensemble(self) -> str:
        """The members of an ensemble: "net5_bilstm + 3 x simple_cnn"; empty for other runs."""
        return self._recorded("ensemble")

    @property
    def evaluated(self) -> str:
        """The run that an evaluation tested again: "net5_bilstm optimizer.lr=0.1", or "a run"; empty for other runs."""
        of_another = self._command == "evaluate"  # reads no results of other commands
        return (self._recorded("evaluated") or UNRECORDED) if of_another else ""

    @cached_property
    def tested(self) -> "Run | None":
        """The run that an evaluation tested again; None if it is gone, and for other runs."""
        from musicgenre.runs.tested import run_tested_by  # which reads runs

        return run_tested_by(self) if self.evaluated else None

    @property
    def name(self) -> str:
        """What was trained, or else the command: "net5_bilstm adam seed=0", "ensemble"."""
        seed = "" if self.seed is None else f"seed={self.seed}"
        words = [command := self._command]
        if command == "gan":
            words = ["gan", self._choice("gan"), seed]
        elif command == "train":
            optimizer = "" if self.files.model_joblib.is_file() else self._choice("optimizer")
            words = [self._choice("experiment") or self._choice("model"), optimizer, seed]
        return " ".join(word for word in words if word)

    def ignores(self, key: str) -> bool:
        """Return whether a setting has no effect on the run: of a network or a search, and its model is classical.

        Args:
            key: Group or dotted key, such as "optimizer" or "optimizer.lr".
        """
        if self.inherits(key):
            return self.tested is not None and self.tested.ignores(key)
        of_others = of_networks(key) or of_searches(key)
        return of_others and self.files.model_joblib.is_file() and not self._setting("embed")

    def inherits(self, key: str) -> bool:
        """Return whether a setting is that of the run that an evaluation tested: its seed, or one that a test has not.

        Args:
            key: Group or dotted key, such as "seed", "model" or "trainer.max_epochs".
        """
        if not self.evaluated:
            return False
        group = key.replace("/", ".").partition(".")[0]
        known = {"data", "run", "deform", "sample_rate", *(self.config if self.files.config_yaml.is_file() else ())}
        return key in REPEATED or not (of_tests(key) if group == "trainer" else group in known)

    def value(self, key: str) -> Any:  # noqa: ANN401  # of any kind
        """Return the option chosen in a group, or else a setting; of an evaluation what it `inherits` from its run.

        Args:
            key: Group or dotted key, such as "optimizer" or "optimizer.lr".

        Raises:
            MusicGenreError: There is neither.
        """
        if self.inherits(key):
            found = self._of_gone(key) if self.tested is None else self.tested.value(key)
            if self.tested is None and found is None:
                raise MusicGenreError(
                    f"{self.folder} has the {key} of {self._setting('run')}, which is gone, damaged or another run now."
                )
            return found
        if key in self.choices:
            return self.choices[key]
        try:
            return value_of(self.config, key)
        except KeyError as error:
            raise MusicGenreError(
                f"{self.folder} has no group and no value {key}: name what was swept, a group (optimizer) or a value "
                f"(optimizer.lr).{did_you_mean(key, [*self.choices, *flat(self.config)])}"
            ) from error

    def __repr__(self) -> str:
        """Describe the run in one line each: name, data and split (if known), accuracy, folder."""
        try:
            trained_on = ", ".join(f"{key} {text}" for key in ("data", "split") if (text := getattr(self, key)))
            about = [self.name, *([trained_on] if trained_on else []), accuracy_of(self)]
        except MusicGenreError as error:
            about = ["unreadable", str(error)]
        return "\n  ".join([f"Run {about[0]}".rstrip(), *about[1:], f"folder {self.folder}"])

    @cached_property
    def _predictions(self) -> "pd.DataFrame":
        return read_predictions(self.files.predictions_csv)

    @cached_property
    def _history(self) -> "pd.DataFrame":
        return read_history(self.files.history_csv)

    @cached_property
    def _hydra(self) -> dict[str, Any]:
        return read_settings(self.files.hydra_yaml)

    @property
    def _command(self) -> str:
        if self.files.hydra_yaml.is_file():
            return str(value_of(self._hydra, "hydra.job.config_name", "train"))
        return "evaluate" if self._recorded("evaluated") else "train"

    def _choice(self, group: str) -> str:
        """Return the option chosen in a group; empty if there is none, or if it was not recorded."""
        found = self.choices.get(group) if self.files.hydra_yaml.exists() else None
        return "" if found in (None, "null") else str(found)

    def _folder_name(self, place: str) -> str:
        """Return the last part of a path; for "." and "..", that of the folder that it meant when the run was made."""
        if (name := Path(place).name) not in ("", ".."):
            return name
        if root := self.files.recorded("data_root"):  # which an evaluation has not
            return Path(root).resolve().name
        cwd = value_of(self._hydra, "hydra.runtime.cwd", None) if self.files.hydra_yaml.is_file() else None
        return name if cwd is None else (Path(str(cwd)) / place).resolve().name

    def _recorded(self, name: str) -> str:
        """Return what an ensemble or an evaluation recorded about its runs; empty if it recorded nothing."""
        return str(self.metrics.get(name, "")) if self.is_finished else ""

    def _of_gone(self, key: str) -> int | str | None:
        """Return what an evaluation recorded of its run: seed and fold; None if it recorded nothing."""
        found = self._recorded(key) if key in REPEATED else ""
        return int(found) if found.isdecimal() and len(found) < 20 else found or None

    def _setting(self, key: str) -> Any:  # noqa: ANN401  # of any kind
        """Return the value of a dotted key; None if there is none, or if the run has no config."""
        return value_of(self.config, key, None) if self.files.config_yaml.exists() else None


def load_run(folder: str | Path) -> Run:
    """Return the run in a folder that `musicgenre train` wrote.

    Raises:
        MusicGenreError: The folder is not a run.

    Example:
        >>> load_run("outputs/2026-01-31/12-00-00")  # doctest: +SKIP
        Run net5_bilstm adam seed=0
          data gtzan genres_original, split stratified
          accuracy 75.0 % of 100 test tracks (65.7 to 82.5)
          folder outputs/2026-01-31/12-00-00
    """
    run = Run(expanded(path_of(folder, "folder")))
    if not run.files.config_yaml.is_file():
        found = "no .hydra/config.yaml in it" if run.folder.is_dir() else "no such folder"
        raise MusicGenreError(
            f"{run.folder} is not a run folder ({found}): give one that `musicgenre train` wrote, such as "
            "outputs/DATE/TIME."
        )
    return run
