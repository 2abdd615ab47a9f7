"""The configs of every command, one folder a group; Hydra asks that a package of configs has this file."""
