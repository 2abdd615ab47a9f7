"""Problems of a collection: unusable tracks, copies, pairs that a split divides, faults of GTZAN."""

from musicgenre.data.audit.collection import Audit, audit

__all__ = ["Audit", "audit"]
