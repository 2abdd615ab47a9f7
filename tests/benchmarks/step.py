"""A training step of the larger networks: float32 and bfloat16, weights laid out channels last or not, compiled."""

import argparse
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.modules.faster import ChannelsLast, compile_net
from musicgenre.modules.shape import channels_last
from musicgenre.nets import CNN, UNetLite

NETS: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "net2_cnn": (lambda: CNN((1, 180, 180), 10), (1, 180, 180)),
    "net3_cnn_bn, net4": (lambda: CNN((1, 180, 180), 10, batch_norm=True), (1, 180, 180)),
    "small_cnn": (
        lambda: CNN(
            (1, 64, 130), 10, channels=(16, 32, 64, 64), pool_after=(1, 2, 3, 4), hidden=64, batch_norm=True,
            head="average",
        ),
        (1, 64, 130),
    ),
    "unet_lite": (lambda: UNetLite((1, 128, 259), 10), (1, 128, 259)),
}  # fmt: skip
# Name: bfloat16, inputs and weights channels last, compiled.
WAYS = {
    "float32, as torch": (False, False, False, False),
    "float32": (False, True, False, False),
    "float32, channels_last": (False, True, True, False),
    "bf16": (True, True, False, False),
    "bf16, channels_last": (True, True, True, False),
    "bf16, channels_last, compile": (True, True, True, True),
}


def step(net: nn.Module, x: Tensor, y: Tensor, optimizer: torch.optim.Optimizer, bf16: bool) -> None:
    """Forward, backward and optimizer's step of one batch."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def seconds(name: str, way: str, batch: int, steps: int) -> float:
    """Processor time of the fastest of several steps, in s: what other programs take is not counted."""
    torch.manual_seed(0)
    (make, shape), (bf16, inputs, weights, compiled) = NETS[name], WAYS[way]
    net, x, y = make(), torch.randn(batch, *shape), torch.randint(0, 10, (batch,))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-5, fused=True)
    if inputs:
        x = channels_last(x)
    if weights:
        ChannelsLast.lay_out(net, [optimizer])
    if compiled:
        compile_net(net)
    found = []
    for _ in range(steps + 1):  # the first one compiles, and gets memory
        start = time.process_time()
        step(net, x, y, optimizer, bf16)
        found.append(time.process_time() - start)
    return min(found[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("nets", nargs="*", default=list(NETS))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    table = Table("network", "way", "processor s a step", "times as fast")
    for name in arguments.nets:
        first = None
        for way in WAYS:
            found = seconds(name, way, arguments.batch, arguments.steps)
            first = first or found
            table.add_row(name, way, f"{found:.2f}", f"{first / found:.2f}")
            print(name, way, f"{found:.3f}", f"{first / found:.2f}", flush=True)
    Console().print(table)


if __name__ == "__main__":
    main()
