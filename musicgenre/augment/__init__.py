"""Augmentations of batches (B, C, F, T) and of waveforms (B, T): random at every call, and different for each item."""

from musicgenre.augment.mel_augment import MelAugment
from musicgenre.augment.mixup import Mixup
from musicgenre.augment.picture_augment import PictureAugment
from musicgenre.augment.sequence_augment import SequenceAugment
from musicgenre.augment.spec_augment import SpecAugment
from musicgenre.augment.waveform_augment import WaveformAugment

__all__ = ["MelAugment", "Mixup", "PictureAugment", "SequenceAugment", "SpecAugment", "WaveformAugment"]
