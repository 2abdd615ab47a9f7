"""Features of a corpus, computed once and kept."""
