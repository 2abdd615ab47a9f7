"""Any pretrained Hugging Face encoder as a front end, tested with a tiny random one that the test saves.

`uv run --extra huggingface pytest tests/features/test_huggingface.py` runs these. Where transformers is installed,
every process that loads Lightning loads it too, so the other tests run without it.
"""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from command_line import fails, musicgenre, train, trained

from musicgenre import load_run
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.errors import MusicGenreError
from musicgenre.features import HuggingFace, huggingface_files
from musicgenre.features.huggingface import _windows
from musicgenre.features.huggingface_encoder import Encoder, _window_of, load_encoder
from musicgenre.parts import describe, make

RATE = 16000
D = 16
QUICK = ("trainer=cpu", "logger=csv", "figures=false")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav2vec 2.0 of two layers, with random weights, that normalises its input."""
    pytest.importorskip("transformers", reason="transformers comes with the extra huggingface")
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    folder = tmp_path_factory.mktemp("encoder") / "tiny"
    torch.manual_seed(0)
    convolutions = {"conv_dim": (8, 8), "conv_stride": (16, 16), "conv_kernel": (32, 16)}
    sizes = {"hidden_size": D, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    positions = {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2}
    Wav2Vec2Model(Wav2Vec2Config(**convolutions, **sizes, **positions)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True).save_pretrained(folder)
    return folder


def noise(n_samples: int, items: int = 2) -> torch.Tensor:
    return 0.1 * torch.randn(items, n_samples, generator=torch.Generator().manual_seed(0))


def test_features_are_the_encoders_own_hidden_states(tiny: Path) -> None:
    from transformers import Wav2Vec2Model

    waveform = noise(2 * RATE, items=10)  # more than are processed at a time
    normal = (waveform - waveform.mean(1, keepdim=True)) / (waveform.var(1, keepdim=True, correction=0) + 1e-7).sqrt()
    with torch.no_grad():
        states = Wav2Vec2Model.from_pretrained(tiny).eval()(normal, output_hidden_states=True).hidden_states
    for layer in (0, 1, 2, -1, -3):
        found = HuggingFace(RATE, model=str(tiny), layer=layer)(waveform)
        torch.testing.assert_close(found, states[layer].mean(1)[:, None, :, None], rtol=1e-4, atol=1e-5)
    spread = HuggingFace(RATE, model=str(tiny), layer="mean", pooling="mean_std")(waveform)[:, 0, :, 0]
    mean = torch.stack(states).mean(0)
    torch.testing.assert_close(spread, torch.cat([mean.mean(1), mean.std(1, correction=0)], 1), rtol=1e-4, atol=1e-5)


def test_it_is_a_front_end_like_the_others(tiny: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        front_end = HuggingFace(22050, model=str(tiny))
    assert f"{tiny} takes audio at 16000 Hz: audio at 22050 Hz is resampled" in caplog.text
    for n_samples in (1, 700, 22050, 50000):
        found = front_end(noise(n_samples))
        assert found.shape == (2, *front_end.output_shape(n_samples)) == (2, 1, D, 1)
        assert found.isfinite().all() and not found.requires_grad
    assert front_end(torch.zeros(0, 5000)).shape == (0, 1, D, 1)
    assert front_end(torch.zeros(1, 5000)).isfinite().all()
    half = HuggingFace(RATE, model=str(tiny))(noise(RATE // 2))
    torch.testing.assert_close(half, HuggingFace(RATE, model=str(tiny))(noise(RATE // 2).repeat(1, 2)))
    assert front_end.state_dict() == {} and list(front_end.parameters()) == []


def whisper(folder: Path) -> Path:
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

    sizes = {"d_model": D, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8}
    tokens = {"vocab_size": 9, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_source_positions": 100}
    WhisperModel(WhisperConfig(**sizes, **tokens, **heads)).save_pretrained(folder)
    WhisperFeatureExtractor(chunk_length=2).save_pretrained(folder)
    return folder


def ast(folder: Path) -> Path:
    from transformers import ASTConfig, ASTFeatureExtractor, ASTModel

    sizes = {"hidden_size": D, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    ASTModel(ASTConfig(**sizes, max_length=200, num_mel_bins=32)).save_pretrained(folder)
    ASTFeatureExtractor(max_length=200, num_mel_bins=32).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("save", [whisper, ast])
def test_an_encoder_of_one_length_hears_all_windows_and_no_silence(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    pytest.importorskip("transformers", reason="transformers comes with the extra huggingface")
    front_end = HuggingFace(RATE, model=str(save(tmp_path)))
    window = load_encoder(str(tmp_path)).window
    assert window is not None and abs(window - 2 * RATE) < RATE // 50  # AST's frames overlap
    three = noise(3 * window)
    expected = torch.stack([front_end(part) for part in torch.split(three, window, dim=1)]).mean(0)
    torch.testing.assert_close(front_end(three), expected)
    short = noise(window // 4)
    torch.testing.assert_close(front_end(short), front_end(short.repeat(1, 5)[:, :window]))
    assert not torch.allclose(front_end(short), front_end(torch.cat([short, torch.zeros(2, window - window // 4)], 1)))


def test_a_models_own_code_is_not_run(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    own = changed(tiny, tmp_path / "own", "config.json", lambda old: old | {
        "model_type": "mine", "auto_map": {"AutoConfig": "m.Config", "AutoModel": "m.Model"},
    })  # fmt: skip
    (own / "m.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    with pytest.raises(MusicGenreError, match="brings its own code, which musicgenre does not run"):
        HuggingFace(RATE, model=str(own))
    assert not (tmp_path / "ran").exists()


def test_chance_and_precision_around_it_stay_as_they_are(tiny: Path) -> None:
    load_encoder.cache_clear()
    torch.manual_seed(3)
    front_end = HuggingFace(22050, model=str(tiny))
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(front_end(noise(22050)), HuggingFace(22050, model=str(tiny))(noise(22050)))
    assert front_end(noise(22050)).dtype == torch.float32


def test_it_is_made_again_and_its_features_are_kept_apart(tiny: Path, tmp_path: Path) -> None:
    front_end = HuggingFace(RATE, model=str(tiny), layer=1)
    again = make(describe(front_end))
    assert isinstance(again, HuggingFace)
    assert torch.equal(again(noise(RATE)), front_end(noise(RATE)))
    assert hash_module(again) == hash_module(front_end) != hash_module(HuggingFace(RATE, model=str(tiny), layer=2))
    other = changed(tiny, tmp_path / "other", "config.json", lambda old: old | {"hidden_act": "relu"})
    assert hash_module(HuggingFace(RATE, model=str(other), layer=1)) != hash_module(front_end)
    with pytest.raises(MusicGenreError, match="is not the encoder that the run was trained with, or has changed since"):
        HuggingFace(RATE, model=str(other), weights_hash=front_end.weights_hash)


def changed(folder: Path, copy: Path, name: str, change: Callable[[dict[str, object]], dict[str, object]]) -> Path:
    """A copy of a model with one of its files changed."""
    shutil.copytree(folder, copy)
    (copy / name).write_text(json.dumps(change(json.loads((copy / name).read_text()))))
    return copy


def test_a_probe_is_trained_tested_and_heard(tiny: Path, tmp_path: Path, corpus_root: Path) -> None:
    features = ("features=huggingface", f"features.model={tiny}", "segments.length=1", "augment=none")
    run = trained(
        tmp_path / "run",
        corpus_root,
        *features,
        "model=logistic",
        "standardize=null",
        sizes=QUICK,
    )
    heard = load_run(run).model.listen(corpus_root / "hum" / "hum.00000.wav").segments.filter(like="p_")
    assert heard.shape == (3, 3)
    result = musicgenre("evaluate", f"run={run}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert result.status == 0, result.text
    network = trained(
        tmp_path / "network",
        corpus_root,
        *features,
        "model=fcnn",
        "trainer.max_epochs=1",
        sizes=QUICK,
    )
    out = f"hydra.run.dir={tmp_path / 'file'}"
    fails(musicgenre("export", f"run={network}", "format=pt2", out), "features come from HuggingFace, which cannot")


def test_what_is_no_encoder_is_said_in_a_sentence(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # or it asks the Hub for most of a minute
    bare = shutil.copytree(tiny, tmp_path / "bare")
    (bare / "preprocessor_config.json").unlink()
    damaged = shutil.copytree(tiny, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"no weights")
    deeper = changed(tiny, tmp_path / "deeper", "config.json", lambda old: old | {"num_hidden_layers": 3})
    for model, message in (
        (str(bare), "has no preprocessor_config.json: give a folder"),
        (str(tmp_path), "has no config.json and no preprocessor_config.json"),
        (str(tmp_path / "none"), "There is no folder"),
        (str(damaged), "cannot be read .*: check that it is an audio encoder"),
        ("nobody/nothing", "is not a folder here, and could not be fetched from huggingface.co"),
        (str(deeper), "lacks 16 of its network's weights"),
    ):
        with pytest.raises(MusicGenreError, match=message) as raised:
            HuggingFace(RATE, model=model)
        assert "\n" not in str(raised.value)
        assert str(raised.value).endswith(".")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"layer": 3}, r"layer is 3: .* has hidden states 0 to 2"),
        ({"layer": "first"}, "layer is 'first'"),
        ({"layer": True}, "layer is True"),
        ({"model": None}, "model is None: give a folder"),
        ({"model": ""}, "model is ''"),
        ({"pooling": "max"}, "pooling is 'max': choose one of mean, mean_std"),
    )
    for settings, message in wrong:
        with pytest.raises(MusicGenreError, match=message):
            HuggingFace(RATE, **{"model": str(tiny), **settings})


def test_what_is_not_there_is_named(tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(train(tmp_path / "run", corpus_root, "features=huggingface", sizes=QUICK), "features.model")
    monkeypatch.setattr("musicgenre.features.huggingface_files.find_spec", lambda name: None)
    load_encoder.cache_clear()
    with pytest.raises(MusicGenreError, match=r"needs the package transformers.*\[huggingface\]"):
        HuggingFace(RATE, model=str(tmp_path))


def test_what_is_no_model_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_files, "find_spec", lambda name: object())
    load_encoder.cache_clear()
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"model": str(tmp_path)}, r"has no config\.json and no preprocessor_config\.json"),
        ({"model": str(tmp_path / "none")}, "There is no folder"),
        ({"model": None}, "model is None: give a folder"),
        ({"model": "a", "pooling": "max"}, "pooling is 'max'"),
    )
    for settings, message in wrong:
        with pytest.raises(MusicGenreError, match=message):
            HuggingFace(RATE, **settings)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("set trust_remote_code=True", "brings its own code"),
        ("no network", r"could not be fetched .*ValueError: no net"),
    ],
)
def test_what_cannot_be_fetched_is_said(said: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(model: str, local_files_only: bool) -> None:
        raise ValueError(said)

    monkeypatch.setattr(huggingface_files, "find_spec", lambda name: object())
    monkeypatch.setattr(huggingface_files, "_read", read)
    with pytest.raises(MusicGenreError, match=message):
        huggingface_files.read_pretrained("somebody/something")


def test_waveforms_are_cut_into_an_encoders_windows_or_repeated() -> None:
    assert [_window_of(SimpleNamespace(n_samples=n)) for n in (480000, None)] == [480000, None]
    wave = torch.arange(10.0)[None]
    fixed, free = (Encoder(torch.nn.Identity(), None, 4, window, "") for window in (3, None))
    assert _windows(wave, fixed).tolist() == [[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]
    assert _windows(wave[:, :2], fixed).tolist() == [[[0, 1, 0]]]
    assert _windows(wave, free).shape == (1, 1, 10)
    assert _windows(wave[:, :3], free).tolist() == [[[0, 1, 2, 0]]]
