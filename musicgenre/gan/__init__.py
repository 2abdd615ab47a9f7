"""The conditional GAN: networks, losses, training, samples, evaluation.

Generators and discriminators are built as `Net(in_shape, n_classes, *, settings)`, and take the genre's label besides
their input.
"""

from musicgenre.gan.conv import ConvDiscriminator, ConvGenerator
from musicgenre.gan.mlp import MLPDiscriminator, MLPGenerator

__all__ = ["ConvDiscriminator", "ConvGenerator", "MLPDiscriminator", "MLPGenerator"]
