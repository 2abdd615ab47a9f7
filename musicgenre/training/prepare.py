"""`musicgenre prepare`: fill the cache, and say what is there."""

import time
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console

from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.feature_table import kaggle_table, open_features
from musicgenre.files import replace_text
from musicgenre.training.build import build_corpus, build_extractor


def run(cfg: DictConfig) -> None:
    """Compute the features that a training run with the same `data`, `features` and `segments` will read."""
    start = time.perf_counter()
    corpus = build_corpus(cfg)
    extractor = build_extractor(cfg, corpus)
    store = open_features(corpus, extractor, on_error=cfg.data.on_error)
    seconds = time.perf_counter() - start
    console = Console()
    done = "computed" if store.computed else "found in the cache"
    shape = " x ".join(map(str, store.features.shape[1:]))
    console.print(
        f"{corpus.root}: {store.segments.track.nunique()} tracks of {len(corpus.genres)} genres, "
        f"{len(store.segments)} segments of {shape}, {store.features.nbytes / 1e6:.0f} MB, {done} in {seconds:.1f} s.",
        soft_wrap=True,
        highlight=False,
    )
    if isinstance(extractor, CachedExtractor):  # hand-made features
        path = Path(HydraConfig.get().runtime.output_dir) / "features.csv"
        replace_text(path, kaggle_table(store).to_csv(index=False))
        console.print(f"The table, in Kaggle's format: {path}", soft_wrap=True, highlight=False)
    if len(store.skipped):
        console.print(f"{len(store.skipped)} tracks skipped:")
        for row in store.skipped.itertuples():
            console.print(f"  {row.track}: {row.reason}", soft_wrap=True, highlight=False)
