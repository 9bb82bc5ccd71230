"""Motion: films of people who run, jump, lift or squat; by keys that act for a person."""

from ingest_gateway.motion.family import FAMILY, PEOPLE_KEYS
from ingest_gateway.motion.routes import ROUTES

__all__ = ["FAMILY", "PEOPLE_KEYS", "ROUTES"]
