"""`musicgenre demo`: a page in the browser that classifies the user's music."""

from importlib.util import find_spec

from omegaconf import DictConfig

from musicgenre.extras import MissingPackageError
from musicgenre.files import expanded
from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Serve the page until Ctrl-C, with one run or several side by side."""
    if missing := [name for name in ("starlette", "uvicorn") if find_spec(name) is None]:
        raise MissingPackageError(f"The page needs {' and '.join(missing)}", "demo")
    from musicgenre.demo.app import make_app
    from musicgenre.demo.hear import Listener
    from musicgenre.demo.serve import address, bound, open_browser, serve
    from musicgenre.prediction.predict import choose_device
    from musicgenre.training.trained import load_model

    runs, device = job.config["run"], choose_device(cfg.device)
    with bound(cfg.port) as waiting:
        listeners = [
            Listener(_name(each), each, load_model(each, trust=job.trust).audio_classifier(device, cfg.batch_size))
            for each in ([runs] if isinstance(runs, str) else runs)
        ]
        url = address(waiting)
        names = [each.name for each in listeners]
        shown = [
            each.name if names.count(each.name) == 1 else f"{each.name} ({expanded(each.place)})" for each in listeners
        ]
        print(f"Open {url} to classify music with {', '.join(shown)}. Ctrl-C stops it.", flush=True)
        if cfg.browser:
            open_browser(url)
        serve(make_app(listeners, cfg.largest), waiting)


def _name(run: str) -> str:
    """Return the run's name; for a single checkpoint, or if it was not recorded, the file's or folder's name."""
    from musicgenre.runs.run import Run

    path = expanded(run)
    return path.name if path.is_file() or not Run(path).files.hydra_yaml.is_file() else Run(path).name
