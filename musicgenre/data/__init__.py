"""From files to batches: corpora, splits, segments, features in a cache, the DataModule."""
