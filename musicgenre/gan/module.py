"""A conditional GAN of standardised features: a generator and a discriminator that learn against each other."""

from typing import Any

import lightning as L
import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Adam, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from musicgenre.data.loader import Batch
from musicgenre.errors import MusicGenreError
from musicgenre.gan.losses import AdversarialLoss, CrossEntropyLoss
from musicgenre.gan.record import KEY, GanRecord
from musicgenre.modules.log_epoch import log_epoch

_LOGGED = (
    "gan/loss_discriminator",
    "gan/loss_generator",
    "gan/accuracy_real",
    "gan/accuracy_generated",
    "gan/gradient_norm_discriminator",
    "gan/gradient_norm_generator",
)


class ConditionalGAN(L.LightningModule):
    """Learns to generate features of a genre from noise; uses manual optimisation, one step of each side per batch.

    Logs once an epoch the means of both losses, of the shares of real and of generated items that the discriminator
    classifies correctly, and of both gradient norms, without steps that half precision skips. Batches are not yet
    standardised: the module does that.

    Args:
        generator: Noise `(B, noise_size)` and labels `(B,)` to standardised features `(B, C, F, T)`; has `noise_size`.
        discriminator: Standardised features and labels to logits `(B,)`, high for real.
        record: What the checkpoint holds besides the GAN's weights.
        standardize: Fitted on the training segments; a submodule, so that the checkpoint holds its statistics.
        loss: What both sides minimise.
        augment: Applied to all that the discriminator sees; must pass gradients.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the discriminator.
        betas: Adam's betas.
        ema: Decay per step of the average of the generator's weights with which samples are drawn; None draws them with
            the last weights. Source: Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019.

    Raises:
        MusicGenreError: The standardisation has no inverse.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        record: GanRecord,
        standardize: nn.Module,
        loss: AdversarialLoss | None = None,
        augment: nn.Module | None = None,
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        ema: float | None = None,
    ) -> None:
        super().__init__()
        if not (isinstance(standardize, nn.Identity) or callable(getattr(standardize, "inverse", None))):
            raise MusicGenreError(
                f"standardize is {type(standardize).__name__}, which has no inverse(features): a GAN generates "
                "standardised features, which are converted back to their own units. Write one, or choose "
                "standardize=coefficient."
            )
        self.automatic_optimization = False
        self.generator, self.discriminator, self.standardize = generator, discriminator, standardize
        self.average = None
        if ema is not None:
            self.average = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(ema), use_buffers=True)  # type: ignore[no-untyped-call]
        self.record, self.genres = record, record.genres
        self.loss = loss or CrossEntropyLoss()
        self.augment = augment or nn.Identity()
        self.generator_lr, self.discriminator_lr = generator_lr, discriminator_lr
        self.betas = (betas[0], betas[1])
        self._sums: Tensor | None = None  # (6, 2): sum and count of each logged value

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Generate standardised features `(B, C, F, T)` from noise `(B, noise_size)` and labels `(B,)`."""
        features: Tensor = (self.average or self.generator)(noise, label)
        return features

    @torch.no_grad()
    def sample(self, label: Tensor, seed: int = 0) -> Tensor:
        """Generate features in the front end's own units `(B, C, F, T)`, one for each label `(B,)`, on the CPU.

        The noise comes from the seed alone, the same on every device.

        Raises:
            MusicGenreError: The generated features are not finite.
        """
        noise = torch.randn(len(label), self.noise_size, generator=torch.Generator().manual_seed(seed))
        training = self.training
        self.eval()
        try:
            features: Tensor = self(noise.to(self.device), label.to(self.device))
        finally:
            self.train(training)
        inverse = getattr(self.standardize, "inverse", None)  # without standardisation there is none
        if callable(inverse):
            features = inverse(features)
        if not features.isfinite().all():
            raise MusicGenreError("The GAN has diverged: what it generates is not finite. Train it again.")
        return features.cpu()

    @property
    def noise_size(self) -> int:
        """Number of noise values per item."""
        size = self.generator.noise_size
        assert isinstance(size, int)  # every generator has it
        return size

    @property
    def training_losses(self) -> dict[str, float]:
        """Mean losses of both sides in the epoch so far; empty before its first batch."""
        if self._sums is None:
            return {}
        sums, counts = self._sums[:2].unbind(1)
        return dict(zip(("discriminator", "generator"), (sums / counts).tolist(), strict=True))

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Take one step of the discriminator, then one of the generator."""
        for_generator, for_discriminator = self._optimizers
        real, label = self.standardize(batch.x), batch.label
        generated = self.generator(self._noise(len(real)), label)  # (B, C, F, T)
        logits_real = self.discriminator(self.augment(real), label)  # (B,)
        logits_generated = self.discriminator(self.augment(generated.detach()), label)
        loss_d = self.loss.discriminator(logits_real, logits_generated)
        norm_d = self._step(for_discriminator, loss_d, self.discriminator)
        self.discriminator.requires_grad_(False)
        loss_g = self.loss.generator(self.discriminator(self.augment(generated), label))
        norm_g = self._step(for_generator, loss_g, self.generator)
        self.discriminator.requires_grad_(True)
        if self.average is not None:
            self.average.update_parameters(self.generator)
        right = ((logits_real > 0).float().mean(), (logits_generated < 0).float().mean())
        self._add([loss_d, loss_g, *right], [norm_d, norm_g])

    def on_train_epoch_end(self) -> None:
        """Log the epoch's means; raise an error if they are not finite.

        Raises:
            MusicGenreError: A loss or a gradient is not finite.
        """
        if self._sums is None:
            return
        sums, counts = self._sums.unbind(1)
        means = dict(zip(_LOGGED, (sums / counts).tolist(), strict=True))
        means = {name: means[name] for name, count in zip(_LOGGED, counts.tolist(), strict=True) if count}
        self._sums = None
        bad = [name.removeprefix("gan/") for name, value in means.items() if not abs(value) < float("inf")]
        if bad:
            raise MusicGenreError(
                f"The GAN diverged in epoch {self.current_epoch + 1} ({', '.join(bad)} not finite): lower "
                "gan.generator_lr and gan.discriminator_lr, or choose gan=improved."
            )
        log_epoch(self, means)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add everything needed to rebuild the GAN."""
        checkpoint[KEY] = self.record.plain()

    def configure_optimizers(self) -> list[Optimizer]:
        """Build one Adam for the generator and one for the discriminator."""
        sides = ((self.generator, self.generator_lr), (self.discriminator, self.discriminator_lr))
        return [Adam(net.parameters(), lr, betas=self.betas) for net, lr in sides]

    @property
    def _optimizers(self) -> list[Any]:
        found = self.optimizers()
        assert isinstance(found, list)  # there are two
        return found

    def _noise(self, n_items: int) -> Tensor:
        return torch.randn(n_items, self.noise_size, device=self.device)

    def _step(self, optimizer: Any, loss: Tensor, net: nn.Module) -> Tensor:  # noqa: ANN401  # Lightning wraps it
        """Take an optimizer step; return what `gradient_norm` does."""
        optimizer.zero_grad()
        self.manual_backward(loss)
        norm = gradient_norm(net, getattr(self.trainer.precision_plugin, "scaler", None))
        optimizer.step()
        return norm

    def _add(self, values: list[Tensor], norms: list[Tensor]) -> None:
        """Add up on the device; reading at each step would wait for it."""
        told = torch.stack(values).detach().float()
        added = torch.cat([torch.stack([told, torch.ones_like(told)], 1), torch.stack(norms)])
        self._sums = added if self._sums is None else self._sums + added


def gradient_norm(net: nn.Module, scaler: GradScaler | None) -> Tensor:
    """Return the norm of a net's gradient, and 1; 0 and 0 if it overflowed, so that its scaler skips the step `(2,)`.

    Args:
        net: The net, after a backward pass.
        scaler: The scaler of the loss in half precision; None if it was not scaled.

    Example:
        >>> net = nn.Linear(1, 1, bias=False)
        >>> (net(torch.tensor([[3.0]])) * 4).sum().backward()
        >>> gradient_norm(net, None), gradient_norm(net, GradScaler("cpu", init_scale=4))
        (tensor([12.,  1.]), tensor([3., 1.]))
    """
    norm = nn.utils.get_total_norm([p.grad for p in net.parameters() if p.grad is not None])
    if scaler is None:
        return torch.stack([norm, torch.ones_like(norm)])
    taken = norm.isfinite()
    return torch.stack([torch.where(taken, norm / scaler.get_scale(), 0), taken])
