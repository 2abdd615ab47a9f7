"""Networks: plain modules built as `Net(in_shape, n_classes, *, settings)`.

`in_shape` leaves the batch out; `forward` maps inputs (B, *in_shape) to logits (B, n_classes). A net whose layers have
L2 has `l2_penalty() -> Tensor`, a scalar to add to the loss. S0 to S4 name the source documents, as in
docs/experiments.md.
"""

from musicgenre.nets.alexnet import AlexNet
from musicgenre.nets.bilstm import BiLSTM
from musicgenre.nets.cnn import CNN
from musicgenre.nets.dilated_cnn import DilatedCNN
from musicgenre.nets.fcnn import FCNN
from musicgenre.nets.features_cnn1d import FeaturesCNN1d
from musicgenre.nets.gabor_cnn import GaborCNN
from musicgenre.nets.images_cnn import ImagesCNN1, ImagesCNN2
from musicgenre.nets.mfcc_cnn import MFCCCNN
from musicgenre.nets.musicnn import MusicnnNet
from musicgenre.nets.short_chunk_resnet import ShortChunkResNet
from musicgenre.nets.simple_cnn import SimpleCNN
from musicgenre.nets.unet_lite import UNetLite

__all__ = [
    "CNN",
    "FCNN",
    "MFCCCNN",
    "AlexNet",
    "BiLSTM",
    "DilatedCNN",
    "FeaturesCNN1d",
    "GaborCNN",
    "ImagesCNN1",
    "ImagesCNN2",
    "MusicnnNet",
    "ShortChunkResNet",
    "SimpleCNN",
    "UNetLite",
]
