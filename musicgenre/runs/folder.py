"""The run folder: the figures, tables and records that a run writes and everything later reads.

.hydra/          config.yaml and the overrides          checkpoints/     best.ckpt, last.ckpt; or model.joblib
environment.json versions, device, the run's signature  metrics.csv      one row per epoch
metrics.json     the results, flat                      predictions.csv  every segment's probabilities
genres.csv       precision, recall and F1 by genre      split.csv        every segment's subset
skipped.csv      every file left out, with the reason   figures/         what TensorBoard shows, as PNG
tracks.csv       what was heard of every file           musicgenre.log   the run's log
events.out.*     TensorBoard                            SHA256SUMS       hashes of the checkpoints
model_card.md    what the model is, what it learnt from, how well it does, what it is for
layers.csv       a network's layers: kind, shape of the output, parameters
embeddings/      the net's embeddings of the test segments, for TensorBoard's projector (projector_config.pbtxt)
cnn/             the net whose features a classical model reads: its checkpoint, or its own run folder
gan/             the GAN whose samples were added: its checkpoint, metrics.csv, events, samples.npz, real.npz
epoch_N/         a milestone: the weights after epoch N, tested, as a separate run folder
.lock            held by the process that writes; .running names that process while it runs
.failed          why a sweep's job failed, until it is run again

A network's tested weights are checkpoints/best.ckpt, or checkpoints/tested.ckpt if other ones were tested.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.cells import csv_text
from musicgenre.errors import MusicGenreError, OccupiedError
from musicgenre.files import draft_of, replace_text
from musicgenre.runs.another import other_reasons, other_settings
from musicgenre.runs.environment import environment
from musicgenre.runs.identity import value_of
from musicgenre.runs.job import Job
from musicgenre.runs.read import damaged, read_json, read_metrics, read_yaml
from musicgenre.runs.sums import write_sums
from musicgenre.yaml_text import as_yaml

if TYPE_CHECKING:
    import pandas as pd

    from musicgenre.visual.render import Pixels


_TRAIN = ("train", "gan")  # commands that train into a run folder


@dataclass(frozen=True)
class _File:
    """The path of a file or folder in a run folder."""

    name: str

    def __get__(self, run: "RunFolder", kind: type) -> Path:
        return run.path / self.name


@dataclass(frozen=True)
class RunFolder:
    """The files of a run folder, by name, and how they are written.

    Attributes:
        path: The folder, which need not exist yet.
    """

    path: Path

    metrics_json = _File("metrics.json")  # written last, so a folder that has it is complete
    predictions_csv = _File("predictions.csv")  # of validation and test
    history_csv = _File("metrics.csv")
    genres_csv = _File("genres.csv")
    split_csv = _File("split.csv")
    skipped_csv = _File("skipped.csv")
    environment_json = _File("environment.json")
    config_yaml = _File(".hydra/config.yaml")  # all settings
    overrides_yaml = _File(".hydra/overrides.yaml")  # those that were typed
    hydra_yaml = _File(".hydra/hydra.yaml")  # Hydra's own, with the chosen option of each group
    checkpoints = _File("checkpoints")
    best_ckpt = _File("checkpoints/best.ckpt")
    chosen_ckpt = _File("checkpoints/tested.ckpt")  # the one that was tested, if that is not the best one
    last_ckpt = _File("checkpoints/last.ckpt")  # to resume from
    model_joblib = _File("checkpoints/model.joblib")
    figures = _File("figures")
    inner = _File("cnn")  # the folder of the net whose features a classical model reads
    gan = _File("gan")  # the folder of the GAN whose samples were added

    @property
    def tested_ckpt(self) -> Path:
        """The network checkpoint that was tested, which every reader of a run uses."""
        return self.chosen_ckpt if self.chosen_ckpt.is_file() else self.best_ckpt

    def stage(self, epoch: int) -> "RunFolder":
        """Return the folder of a milestone: the weights after an epoch (counted from 1)."""
        return RunFolder(self.path / f"epoch_{epoch}")

    def signature(self) -> str | None:
        """Return the signature of the run in the folder; None if there is none.

        Raises:
            MusicGenreError: environment.json is damaged.
        """
        if not self.environment_json.exists():
            return None
        found = read_json(self.environment_json).get("signature")
        if not isinstance(found, str):
            raise damaged(self.environment_json, "it holds no signature")
        return found

    def recorded(self, name: str) -> str | None:
        """Return a text in environment.json, such as the signature; None if it has none, is damaged or is not there."""
        with suppress(MusicGenreError):
            found = read_json(self.environment_json).get(name)
            return found if isinstance(found, str) else None
        return None

    def finished_metrics(
        self, signature: str, job: Job | None = None, beyond: Sequence[str] = ("other data",)
    ) -> dict[str, float | str] | None:
        """Return the results of the run with that signature, if the folder already holds the complete run.

        Args:
            signature: The signature.
            job: The run that was asked for, to name what it has in other ways than the one in the folder.
            beyond: What may tell runs with the same settings apart.

        Raises:
            OccupiedError: The folder holds another run, which would be overwritten.
            MusicGenreError: Its files are damaged.
        """
        found = self.signature()
        if found is None:
            self._refuse_foreign()
            return None
        if found != signature:
            if job is None or not self.config_yaml.is_file():
                raise self._another("another run")
            self.require_same_settings(job)
            raise self._another(f"a run with the same settings, but {other_reasons(self.config_yaml, job, beyond)}")
        return read_metrics(self.metrics_json) if self.metrics_json.is_file() else None

    def require_same_settings(self, job: Job) -> None:
        """Make sure that the run in the folder, if there is one, has the settings of a job, as far as they count.

        Raises:
            OccupiedError: It has others; the message names them.
        """
        begun = self.environment_json.is_file() and self.config_yaml.is_file()
        if begun and (said := other_settings(self.config_yaml, self.hydra_yaml, job)):
            raise self._another(f"a run {said}")

    def _another(self, what: str) -> OccupiedError:
        choose = "choose another hydra.run.dir (or hydra.sweep.dir), or remove it"
        return OccupiedError(f"{self.path} holds {what}: {choose}.")

    def is_complete(self, signature: str) -> bool:
        """Return whether the folder already holds the complete run with that signature; refuse no folder."""
        return self.metrics_json.is_file() and self.signature() == signature

    def _refuse_foreign(self) -> None:
        """Make sure that no foreign file would be overwritten, or removed as if an earlier run had left it.

        Raises:
            OccupiedError: There is such a file: the folder was used for something else.
        """
        begun = self.config_yaml.is_file() and not self.metrics_json.is_file()
        if begun and (self.written_by() in _TRAIN or not self.hydra_yaml.is_file()):  # interrupted at its start
            return
        tables = (self.split_csv, self.skipped_csv, self.path / "tracks.csv", self.genres_csv, self.predictions_csv)
        curves = (self.history_csv, *self.path.glob("events.out.tfevents.*"))
        weights = (*self.checkpoints.glob("*.ckpt"), self.model_joblib)
        files = [path for path in (*tables, *curves, *weights, self.metrics_json) if path.exists()]
        if found := [path.relative_to(self.path).as_posix() for path in files]:
            raise OccupiedError(
                f"{self.path} is not a run folder but holds {', '.join(found[:3])}: they would be overwritten. Choose "
                "another hydra.run.dir (or hydra.sweep.dir)."
            )

    def written_by(self) -> str:
        """Return the command whose config is in the folder; empty if there is none that can be read."""
        with suppress(MusicGenreError):
            return str(value_of(read_yaml(self.hydra_yaml), "hydra.job.config_name", ""))
        return ""

    def write_config(self, job: Job) -> None:
        """Write `.hydra/`: the resolved config, the overrides as typed, and Hydra's own config."""
        replace_text(self.config_yaml, as_yaml(dict(job.config)))
        replace_text(self.overrides_yaml, as_yaml(list(job.overrides)))
        replace_text(self.hydra_yaml, job.hydra)

    def write_environment(
        self,
        signature: str,
        device: str,
        threads: int,
        data_root: str = "",
        *,
        device_name: str = "",
        command: Sequence[str] = (),
        processes: int = 1,
    ) -> None:
        """Write `environment.json`: the run's environment, command and start time.

        Args:
            signature: The run's signature.
            device: The device, such as "cuda:0".
            threads: Number of processor threads.
            data_root: The folder that track names are relative to.
            device_name: The device's own name.
            command: The words of the command that makes this one run.
            processes: Number of processes that train together.
        """
        found = environment(device, threads, device_name, command, processes)
        record = {"signature": signature, **found, "data_root": data_root}
        replace_text(self.environment_json, json.dumps(record, indent=2))

    def write_metrics(self, metrics: Mapping[str, float | str]) -> None:
        """Write `metrics.json`, the last file of a run; undefined and infinite values become null."""
        known = {
            name: None if isinstance(value, float) and not isfinite(value) else value  # JSON has neither
            for name, value in metrics.items()
        }
        write_sums(self.path)
        replace_text(self.metrics_json, json.dumps(known, indent=2, allow_nan=False))

    def write_table(self, name: str, table: "pd.DataFrame") -> None:
        """Write a table as CSV, with nine digits for floats (what float32 holds)."""
        replace_text(self.path / name, csv_text(table, digits=9))

    def write_figure(self, name: str, pixels: "Pixels") -> None:
        """Write a figure's pixels `(H, W, 3)` as figures/NAME.png."""
        from musicgenre.visual.render import write_png  # loads matplotlib, only once a figure is written

        write_png(self.figures / f"{name}.png", pixels)

    def write_pdf(self, name: str, content: bytes) -> None:
        """Write a figure's PDF as figures/NAME.pdf."""
        with draft_of(self.figures / f"{name}.pdf") as draft:
            draft.write_bytes(content)
