import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from command_line import fails, train, trained
from sklearn.metrics import accuracy_score, f1_score, log_loss

from musicgenre.training import board, model_card, network, projector

FILES = {
    ".hydra/config.yaml",
    ".hydra/hydra.yaml",
    ".hydra/overrides.yaml",
    "checkpoints/best.ckpt",
    "checkpoints/last.ckpt",
    "environment.json",
    "genres.csv",
    "layers.csv",
    "metrics.csv",
    "metrics.json",
    "model_card.md",
    "musicgenre.log",
    "predictions.csv",
    "skipped.csv",
    "tracks.csv",
    "split.csv",
    "figures/confusion_test.png",
    "figures/confusion_val.png",
    "figures/curves.png",
    "figures/genres_test.png",
    "figures/genres_val.png",
    "figures/inputs.png",
    "figures/network.png",
    "SHA256SUMS",
    "embeddings/metadata.tsv",
    "embeddings/points.png",
    "embeddings/tensors.tsv",
    "projector_config.pbtxt",
}
GENRES = ["drone", "hum", "whistle"]


def metrics_of(folder: Path) -> dict[str, float]:
    metrics: dict[str, float] = json.loads((folder / "metrics.json").read_text())
    return metrics


def test_run_folder_holds_what_its_docstring_lists(finished_run: Path) -> None:
    found = {path.relative_to(finished_run).as_posix() for path in finished_run.rglob("*") if path.is_file()}
    events = {name for name in found if name.startswith("events.out.")}
    assert events
    assert found - events - {".lock"} == FILES  # some versions of filelock remove their file


def test_metrics_agree_with_predictions(finished_run: Path) -> None:
    metrics = metrics_of(finished_run)
    predictions = pd.read_csv(finished_run / "predictions.csv")
    columns = [f"p_{genre}" for genre in GENRES]
    assert all(isinstance(value, int | float) for value in metrics.values())
    for split in ("val", "test"):
        rows = predictions[predictions.split == split]
        tracks = rows.groupby(["track", "genre", "label"], as_index=False)[columns].mean()
        for level, table in (("segment", rows), ("track", tracks)):
            probs, labels = table[columns].to_numpy(), table.label.to_numpy()
            expected = {
                "accuracy": accuracy_score(labels, probs.argmax(1)),
                "micro_f1": f1_score(labels, probs.argmax(1), average="micro"),
                "macro_f1": f1_score(labels, probs.argmax(1), average="macro", zero_division=0),
                "loss": log_loss(labels, probs / probs.sum(1, keepdims=True), labels=[0, 1, 2]),
            }
            for name, value in expected.items():
                assert metrics[f"{split}/{level}/{name}"] == pytest.approx(value, abs=1e-6), (split, level, name)
            low, high = metrics[f"{split}/{level}/accuracy_low"], metrics[f"{split}/{level}/accuracy_high"]
            assert 0 <= low <= expected["accuracy"] <= high <= 1


def test_predictions_hold_every_segment_of_validation_and_test(finished_run: Path) -> None:
    predictions = pd.read_csv(finished_run / "predictions.csv")
    split = pd.read_csv(finished_run / "split.csv")
    assert list(predictions.columns) == ["split", "track", "start", "genre", "label", *(f"p_{g}" for g in GENRES)]
    keys = ["split", "track", "start"]
    wanted = split[split.split.isin(["val", "test"])]
    assert sorted(map(tuple, predictions[keys].values)) == sorted(map(tuple, wanted[keys].values))
    assert (predictions.label == predictions.genre.map(GENRES.index)).all()
    assert np.allclose(predictions.filter(like="p_").sum(axis=1), 1, atol=1e-5)


def test_split_keeps_tracks_whole(finished_run: Path) -> None:
    split = pd.read_csv(finished_run / "split.csv")
    assert len(split) == 3 * 8 * 3  # three segments of 1 s in each of 24 tracks
    assert (split.groupby("track").split.nunique() == 1).all()
    assert split.groupby("split").track.nunique().to_dict() == {"train": 15, "val": 6, "test": 3}


def test_metrics_csv_has_a_row_an_epoch(finished_run: Path) -> None:
    table = pd.read_csv(finished_run / "metrics.csv")
    assert list(table.epoch) == [0, 1, 2]
    levels = [f"val/{level}/{name}" for level in ("segment", "track") for name in ("accuracy", "loss")]
    assert {"train/segment/loss", "train/segment/accuracy", "train/lr", *levels} <= set(table.columns)
    assert table.notna().all(axis=None)
    assert np.allclose(table["train/lr"], 0.005)
    assert table["train/segment/loss"].iloc[-1] < table["train/segment/loss"].iloc[0]


def test_results_come_from_the_best_epoch(finished_run: Path) -> None:
    losses = pd.read_csv(finished_run / "metrics.csv")["val/segment/loss"]
    assert losses.idxmax() == 0  # mode=max, so the best epoch is the first
    assert metrics_of(finished_run)["val/segment/loss"] == pytest.approx(losses[0], abs=1e-6)
    assert metrics_of(finished_run)["val/segment/loss"] != pytest.approx(losses[2], abs=1e-3)
    best, last = (
        torch.load(finished_run / "checkpoints" / name, weights_only=True) for name in ("best.ckpt", "last.ckpt")
    )
    assert (best["epoch"], last["epoch"]) == (0, 2)
    assert not torch.equal(best["state_dict"]["net.features.0.weight"], last["state_dict"]["net.features.0.weight"])


def test_summary_counts_parameters_and_epochs(finished_run: Path) -> None:
    metrics = metrics_of(finished_run)
    convolutions = (9 + 1) * 4 + (4 * 9 + 1) * 8 + 2 * (4 + 8)  # weights, biases, and two for batch norm per channel
    assert metrics["parameters"] == convolutions + (8 + 1) * 8 + 2 * 8 + (8 + 1) * 3
    assert metrics["epochs"] == 3
    assert metrics["fit_seconds"] > 0


def test_genres_csv_agrees_with_the_macro_f1(finished_run: Path) -> None:
    table, metrics = pd.read_csv(finished_run / "genres.csv"), metrics_of(finished_run)
    for (split, level), rows in table.groupby(["split", "level"]):
        assert list(rows.genre) == GENRES
        assert rows.f1.mean() == pytest.approx(metrics[f"{split}/{level}/macro_f1"], abs=1e-6)
    assert len(table) == 2 * 2 * 3


def test_environment_names_versions(finished_run: Path) -> None:
    record = json.loads((finished_run / "environment.json").read_text())
    assert record["device"] == "cpu"
    assert torch.__version__.startswith(record["packages"]["torch"].split("+")[0])
    assert len(record["signature"]) == 32
    assert record["command"].startswith("musicgenre train ") and "hydra.run.dir" not in record["command"]
    assert record["device_name"]
    assert set(record["packages"]) & {"xgboost", "xgboost-cpu"}  # from the extra that the tests install


@pytest.mark.parametrize("name", ["metrics.json", "predictions.csv", "metrics.csv"])
def test_tables_can_be_read_by_whoever_can_read_the_folder(finished_run: Path, name: str) -> None:
    plain = finished_run / "musicgenre.log"  # opened with default permissions
    assert (finished_run / name).stat().st_mode == plain.stat().st_mode


def test_what_only_describes_a_run_does_not_lose_its_results(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("own part")

    for module, name in (
        (network, "layer_table"), (network, "training_figures"), (projector, "embeddings"), (board, "board_texts"),
        (model_card, "model_card"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, broken)
    asked = ("trainer.max_epochs=1", "logger=[tensorboard,csv]", "figures=true")
    result = train(tmp_path / "run", corpus_root, *asked)
    assert result.status == 0 and result.text.count("is missing from this run: KeyError: 'own part'") == 5, result.text
    found = {path.relative_to(tmp_path / "run").as_posix() for path in (tmp_path / "run").rglob("*")}
    assert {"metrics.json", "predictions.csv", "genres.csv", "figures/confusion_test.png", "SHA256SUMS"} <= found
    assert not {"layers.csv", "model_card.md"} & found
    assert "already holds this run, complete" in train(tmp_path / "run", corpus_root, *asked).text


def test_same_seed_same_results_and_another_seed_others(tmp_path: Path, corpus_root: Path) -> None:
    seeds = {"3": ("seed=3",), "3 again": ("seed=3",), "4": ("seed=4",), "4, split 3": ("seed=4", "split.seed=3")}
    runs = {name: trained(tmp_path / name, corpus_root, *asked) for name, asked in seeds.items()}
    tables = {name: (folder / "predictions.csv").read_text() for name, folder in runs.items()}
    curves = {name: (folder / "metrics.csv").read_text() for name, folder in runs.items()}
    assert tables["3"] == tables["3 again"]
    assert curves["3"] == curves["3 again"]
    marks = {name: json.loads((folder / "environment.json").read_text())["signature"] for name, folder in runs.items()}
    assert marks["3"] == marks["3 again"] != marks["4"]  # the folder's name does not count
    timeless = [{k: v for k, v in metrics_of(runs[n]).items() if k != "fit_seconds"} for n in ("3", "3 again")]
    assert timeless[0] == timeless[1]
    assert set(pd.read_csv(runs["3"] / "split.csv").split) == {"train", "val", "test"}
    splits = {name: (folder / "split.csv").read_text() for name, folder in runs.items()}
    assert splits["3"] == splits["4, split 3"] != splits["4"]
    assert len({curves[name] for name in ("3", "4", "4, split 3")}) == 3


def test_what_tables_say_tells_runs_apart_and_not_where_they_lie(tmp_path: Path, corpus_root: Path) -> None:
    tracks = sorted(path.relative_to(corpus_root).as_posix() for path in corpus_root.glob("*/*.wav"))
    labels, lists, other = tmp_path / "labels.csv", tmp_path / "lists.csv", tmp_path / "other" / "lists.csv"
    rows = [f"{track},{track.split('/')[0]}" for track in tracks]
    labels.write_text("\n".join(["path,genre", *rows]))
    subsets = ("train", "train", "val", "test")
    lists.write_text("\n".join(["track,subset", *(f"{track},{subsets[n % 4]}" for n, track in enumerate(tracks))]))
    other.parent.mkdir()
    shutil.copy(lists, other)
    told = ("split=lists", f"data.labels={labels}", "trainer.max_epochs=1", "figures=false")
    trained(tmp_path / "run", corpus_root, *told, f"split.file={lists}")
    again = train(tmp_path / "run", corpus_root, *told, f"split.file={other}")
    assert "already holds this run, complete" in again.text
    labels.write_text("\n".join(["path,genre", *rows[1:], f"{tracks[0]},{rows[-1].split(',')[1]}"]))
    said = "with the same settings, but other data, another split file or other genres or artists: choose"
    fails(train(tmp_path / "run", corpus_root, *told, f"split.file={other}"), said)
