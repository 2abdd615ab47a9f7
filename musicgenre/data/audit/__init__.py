"""What is wrong with a collection: tracks that cannot be used, copies, pairs that a split divides, faults of GTZAN."""

from musicgenre.data.audit.collection import Audit, audit

__all__ = ["Audit", "audit"]
