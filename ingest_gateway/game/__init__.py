"""Game telemetry: what applications' clients send, by their public token."""

from ingest_gateway.game.family import FAMILY, TOKENS

__all__ = ["FAMILY", "TOKENS"]
