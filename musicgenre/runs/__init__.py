"""Run folders: written, found, read, compared."""
