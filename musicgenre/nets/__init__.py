"""Networks: plain modules built as `Net(in_shape, n_classes, *, settings)`.

`in_shape` leaves the batch out; `forward` maps inputs (B, *in_shape) to logits (B, n_classes).
S0 to S4 name the source documents, as in the README.
"""

from musicgenre.nets.bilstm import BiLSTM
from musicgenre.nets.cnn import CNN
from musicgenre.nets.fcnn import FCNN

__all__ = ["CNN", "FCNN", "BiLSTM"]
