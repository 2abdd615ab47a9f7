"""Reading runs loads neither torch nor Hydra, and parts that need nothing else load nothing else."""

import subprocess
import sys
from pathlib import Path

from made_runs import write_sweep

HEAVY = ("torch", "lightning", "hydra", "omegaconf", "sklearn", "matplotlib", "pandas", "numpy", "scipy")
CODE = """
import sys
from pathlib import Path

runs, out, heavy = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]

def loaded(*allowed):
    found = [name for name in heavy if name in sys.modules and name not in allowed]
    assert not found, found

import musicgenre.runs.compare, musicgenre.runs.ensemble, musicgenre.runs.find
from musicgenre.errors import MusicGenreError
from musicgenre.runs.job import Job
from musicgenre.runs.run import Run, load_run
loaded()
run = load_run(runs / "0")
assert run.metrics["test/track/accuracy"] == 1.0 and "100.0 % of 4" in repr(run)
loaded()
try:
    musicgenre.runs.compare.compare(Path("/nowhere"), "optimizer", out)
except MusicGenreError as error:
    assert "There is no folder" in str(error)
else:
    raise AssertionError("read a folder that is not there")
loaded()
run.predictions
loaded("pandas", "numpy")
import musicgenre.visual.render
from matplotlib.backends.backend_agg import FigureCanvasAgg
FigureCanvasAgg.draw = FigureCanvasAgg.get_renderer  # drawing takes longest
musicgenre.runs.compare.compare(runs, "optimizer", out)
import musicgenre.runs.report
musicgenre.runs.report.report(runs, out)
musicgenre.runs.ensemble.ensemble(runs, Job("ensemble", out / "both", {}, (), {}, ""))
loaded("pandas", "numpy", "scipy", "sklearn", "matplotlib")
"""


def test_reading_comparing_and_reporting_load_what_they_need(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4,), sgd=(2,))
    arguments = [sys.executable, "-c", CODE, str(sweep), str(tmp_path / "out"), *HEAVY]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
