"""The command line: Hydra, hints, checks, and one adapter per command."""
