"""Augmentations of batches (B, C, F, T): random at every call, each item differently, on its device."""

from musicgenre.augment.picture_augment import PictureAugment
from musicgenre.augment.sequence_augment import SequenceAugment
from musicgenre.augment.spec_augment import SpecAugment

__all__ = ["PictureAugment", "SequenceAugment", "SpecAugment"]
