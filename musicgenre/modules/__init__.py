"""LightningModules and what their training needs."""
