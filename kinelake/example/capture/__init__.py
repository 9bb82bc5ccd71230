"""Example sessions of a shop's page: where people click, what they see, and how far they get."""

from kinelake.example.capture.traffic import TRAFFIC

__all__ = ["TRAFFIC"]
