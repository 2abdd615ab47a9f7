"""The commands that are killed: small ones of every kind, with everything random switched on."""

from pathlib import Path

from command_line import TINY

_DATA = ("segments.max_segments=1", "augment=specaugment", "batch_size=8", "logger=[tensorboard,csv]")
_GAN = ("features=mfcc", "gan=s4", "gan.epochs=3", "gan.judge_epochs=1", "generated_per_genre=2", "gan.figure_every=1")
_SMALL = ("gan.generator.hidden=[8]", "gan.discriminator.hidden=[8]", "gan.discriminator.dropout=0.3")
_EARLY = ("mode=max", "optimizer.lr=0.001", "trainer.max_epochs=9", "callbacks.early_stopping.patience=1")

KINDS: dict[str, tuple[str, ...]] = {
    "train": ("train", *TINY, *_DATA, "trainer.max_epochs=3", "scheduler=cosine", "figures=true"),
    "train, k best": (
        "train", *TINY, *_DATA, "trainer.max_epochs=4", "+callbacks.best.save_top_k=2", "callbacks.last.filename=mine",
        "milestones=[2]", "embeddings=false",
    ),
    "stopped early": (
        "train", *TINY[:9], *TINY[10:], *_DATA, *_EARLY, "embeddings=false",
    ),
    "train gan=s4": ("train", *TINY, *_DATA, *_GAN, *_SMALL, "embeddings=false", "augment=none"),
    "gan": ("gan", "segments.length=1", "trainer=cpu", "seed=3", "logger=[tensorboard,csv]", "model=cnn",
            "segments.overlap=0", "model.channels=[4]", "model.pool_after=[1]", "model.hidden=4", *_GAN, *_SMALL),
    "logistic": ("train", *TINY[:3], *TINY[7:8], "model=logistic", "features=mfcc", "logger=[tensorboard,csv]"),
    "prepare": ("prepare", "segments.length=1", "features=mfcc"),
}  # fmt: skip


def command(kind: str, root: Path, folder: Path) -> tuple[str, ...]:
    """Return the arguments of a kind's command that writes to `folder`."""
    return (*KINDS[kind], "data=folder", f"data.root={root}", f"hydra.run.dir={folder}")
