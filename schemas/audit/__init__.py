"""The audit module: what was done in an organisation, chained, and what happened at the doors of the house."""

from schemas.audit.entries import AUDIT
from schemas.audit.security import SECURITY

STREAMS = (AUDIT, SECURITY)

__all__ = ["AUDIT", "SECURITY", "STREAMS"]
