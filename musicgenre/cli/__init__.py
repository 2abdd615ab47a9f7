"""The command line: Hydra, hints, checks; an adapter a command."""
