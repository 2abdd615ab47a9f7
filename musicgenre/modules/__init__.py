"""LightningModules and what serves their training."""
