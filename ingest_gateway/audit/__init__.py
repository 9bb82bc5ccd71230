"""Audit at the gateway: who an entry is of, and the house's own rows."""

from ingest_gateway.audit.family import FAMILY
from ingest_gateway.audit.trail import TRAIL

__all__ = ["FAMILY", "TRAIL"]
