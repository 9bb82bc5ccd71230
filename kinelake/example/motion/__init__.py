"""Example films: the synthetic person, drawn, sent in as a phone would, and analysed like anybody's."""

from kinelake.example.motion.traffic import TRAFFIC

__all__ = ["TRAFFIC"]
