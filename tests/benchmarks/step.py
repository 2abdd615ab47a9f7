"""A training step of the larger networks: float32 and bfloat16, weights in channels-last order or not, compiled.

Each way alternates with torch's default memory format in float32, so that a machine that slows down meanwhile slows
both; what counts is the ratio of their fastest steps.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.nn import functional as F
from torch.optim import Adam, Optimizer, RMSprop

from musicgenre.modules.faster import ChannelsLast, compile_net
from musicgenre.modules.shape import channels_last
from musicgenre.nets import CNN, UNetLite

_SMALL: dict[str, Any] = {
    "channels": (16, 32, 64, 64),
    "pool_after": (1, 2, 3, 4),
    "hidden": 64,
    "batch_norm": True,
    "head": "average",
}
NETS: dict[str, tuple[Callable[..., nn.Module], tuple[int, int, int], Callable[..., Optimizer]]] = {
    "net2_cnn": (CNN, (1, 180, 180), partial(Adam, fused=True)),
    "net3_cnn_bn": (partial(CNN, batch_norm=True), (1, 180, 180), partial(Adam, fused=True)),
    "net4_cnn_bn_rmsprop": (partial(CNN, batch_norm=True), (1, 180, 180), RMSprop),
    "small_cnn": (partial(CNN, **_SMALL), (1, 64, 130), partial(Adam, fused=True)),
    "unet_lite": (UNetLite, (1, 128, 259), partial(Adam, fused=True)),
}


class Way(NamedTuple):
    """How a step is computed."""

    bf16: bool = False
    inputs: bool = True  # in channels-last order
    weights: bool = False
    compiled: bool = False


FIRST = Way(inputs=False)  # torch's default memory format
WAYS = {
    "float32": Way(),
    "float32, channels_last": Way(weights=True),
    "bf16": Way(bf16=True),
    "bf16, channels_last": Way(bf16=True, weights=True),
    "float32, channels_last, compile": Way(weights=True, compiled=True),
    "bf16, channels_last, compile": Way(bf16=True, weights=True, compiled=True),
}


class Stepper:
    """A net with its optimizer and one batch: each call is a step, and returns its CPU time in s."""

    def __init__(self, name: str, way: Way, batch: int) -> None:
        torch.manual_seed(0)
        make, shape, optimizer = NETS[name]
        self.bf16, self.net = way.bf16, make(shape, 10)
        self.x, self.y = torch.randn(batch, *shape), torch.randint(0, 10, (batch,))
        self.optimizer = optimizer(self.net.parameters(), lr=1e-5)
        if way.inputs:
            self.x = channels_last(self.x)
        if way.weights:
            ChannelsLast.lay_out(self.net, [self.optimizer])
        if way.compiled:
            compile_net(self.net)

    def __call__(self) -> float:
        """Run forward, backward and the optimizer's step; the time of other programs is not counted."""
        start = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            loss = F.cross_entropy(self.net(self.x), self.y)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return time.process_time() - start


def in_turns(name: str, way: Way, batch: int, steps: int) -> tuple[float, float]:
    """Return the CPU time in s of the fastest of several steps, in torch's default way and in this one."""
    first, other = Stepper(name, FIRST, batch), Stepper(name, way, batch)
    times = [(first(), other()) for _ in range(steps + 1)][1:]  # the first one compiles and allocates memory
    return min(a for a, _ in times), min(b for _, b in times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("nets", nargs="*", default=list(NETS))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    table = Table("network", "way", "processor s a step", "as torch", "times as fast")
    for name in arguments.nets:
        for title, way in WAYS.items():
            first, found = in_turns(name, way, arguments.batch, arguments.steps)
            cells = (name, title, f"{found:.3f}", f"{first:.3f}", f"{first / found:.2f}")
            table.add_row(*cells)
            print(*cells, sep="  ", flush=True)
    Console().print(table)


if __name__ == "__main__":
    main()
