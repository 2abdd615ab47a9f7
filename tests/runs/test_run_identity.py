from pathlib import Path

import pytest

from musicgenre.runs.another import differing
from musicgenre.runs.identity import asked_for, override_key, says_where, signature, value_of, what_counts
from musicgenre.runs.job import Job


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("optimizer.lr=1e-3", "optimizer.lr"),
        ("++trainer.profiler=simple", "trainer.profiler"),
        ("~callbacks.early_stopping", "callbacks.early_stopping"),
        ("hydra/launcher=joblib", "hydra/launcher"),
        ("model@embed.model=cnn", "model"),
        (" split.seed=0", "split.seed"),
        ("data.root=/a=b", "data.root"),
    ],
)
def test_key_of_an_override(text: str, key: str) -> None:
    assert override_key(text) == key


@pytest.mark.parametrize(
    "key",
    [
        *("data.root", "data.table", "data.artists", "trainer.accelerator", "trainer.devices", "trainer.profiler"),
        *("logger", "logger.tensorboard", "hydra.run.dir", "hydra/launcher", "ckpt_path", "figures"),
        *("callbacks.last", "callbacks.last.every_n_epochs"),
    ],
)
def test_places_devices_and_loggers_say_where(key: str) -> None:
    assert says_where(key)


@pytest.mark.parametrize(
    "key",
    [
        *(
            "seed",
            "data",
            "trainer",
            "data.rooted",
            "data.genres",
            "trainer.max_epochs",
            "trainer.precision",
            "optimizer",
        ),
        *("hydrant", "loggers", "embed.run", "gan_run", "figures_of", "callbacks.best.save_top_k", "callbacks"),
    ],
)
def test_everything_else_says_what(key: str) -> None:
    assert not says_where(key)


def test_what_counts_of_a_config() -> None:
    config = {
        "seed": 1,
        "trainer": {"accelerator": "cpu", "devices": 2, "max_epochs": 3},
        "data": {"root": "/music", "genres": ["hum"]},
        "logger": {"csv": True},
        "ckpt_path": None,
        "model": {"root": "kept", "channels": [4, 8]},
    }
    expected = {
        "seed": 1,
        "trainer": {"max_epochs": 3},
        "data": {"genres": ["hum"]},
        "model": {"root": "kept", "channels": [4, 8]},
    }
    assert what_counts(config) == expected


def test_what_was_asked_for_leaves_out_places_devices_seed_and_fold() -> None:
    asked = ("experiment=net1", "optimizer.lr=0.1", "trainer.max_epochs=3", "split.seed=0")
    places = ("data=gtzan", "data.root=/m", "trainer=cpu", "trainer.devices=2", "logger=csv", "hydra.job.name=x")
    assert asked_for((*asked, *places, "seed=3", "split.fold=2", "ckpt_path=a.ckpt")) == asked


def test_another_runs_folder_counts_by_its_key() -> None:
    assert asked_for(["gan_run=/a", "embed.run=/b"]) == ("gan_run", "embed.run")
    assert asked_for(["gan_run=null", "embed.run="]) == ()


def test_value_of_a_dotted_key() -> None:
    config = {"optimizer": {"lr": 0.1, "fused": None}, "seed": 0}
    assert value_of(config, "optimizer.lr") == 0.1
    assert value_of(config, "optimizer.fused", 1) is None
    assert value_of(config, "seed.deeper", 7) == 7
    with pytest.raises(KeyError, match=r"optimizer\.momentum"):
        value_of(config, "optimizer.momentum")


def test_a_jobs_values() -> None:
    asked = Job("train", Path("run"), {"optimizer": {"lr": 0.1}}, (), {}, "")
    assert asked.value("optimizer.lr") == 0.1
    assert asked.value("optimizer.momentum") is None


def test_equal_numbers_have_one_signature() -> None:
    found = [{"segments": {"length": length, "sizes": [length, 0.5]}} for length in (3, 3.0, 2.5, True)]
    assert len({signature(config, "key") for config in found}) == 3


def test_a_count_of_one_has_another_signature_than_a_share_of_all() -> None:
    one, every = ({"trainer": {"limit_train_batches": value}} for value in (1, 1.0))
    assert signature(one, "key") != signature(every, "key")
    in_list, of_all = ({"model": [["rf", {"max_features": value}]]} for value in (1, 1.0))
    assert signature(in_list, "key") != signature(of_all, "key")
    assert differing(one, every) == (
        "with trainer.limit_train_batches=1, but this run sets trainer.limit_train_batches=1.0"
    )
