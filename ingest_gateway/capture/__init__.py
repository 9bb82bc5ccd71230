"""Capture: sessions, what their users did, chunks; by the key of a project."""

from ingest_gateway.capture.family import FAMILY, KEYS
from ingest_gateway.capture.routes import ROUTES

__all__ = ["FAMILY", "KEYS", "ROUTES"]
