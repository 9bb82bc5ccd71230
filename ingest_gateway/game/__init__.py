"""Game telemetry: what applications' clients send, by their public token."""

from ingest_gateway.game.family import FAMILY, TOKENS
from ingest_gateway.game.routes import ROUTES

__all__ = ["FAMILY", "ROUTES", "TOKENS"]
