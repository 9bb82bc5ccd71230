"""The audit log at rest: whether its chains are whole, and what an erasure leaves of a row."""

from schemas.audit import AUDIT
from sinks.audit.erased import scrub

__all__ = ["SCRUBBED"]

SCRUBBED = {AUDIT.primary.name: scrub}
"""Its rows stay: a chain has no gap."""
