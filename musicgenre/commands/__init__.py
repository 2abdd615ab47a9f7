"""The commands of `musicgenre`: each composes a config and calls plain functions."""
