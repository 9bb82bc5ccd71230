"""Game telemetry to Kinelake: in batches, kept on disk while offline, and only while the player allows it."""

from .client import Client, Player
from .faults import ItemTooLarge, QueueFailed, Refused
from .queue import Queue

__all__ = ["Client", "ItemTooLarge", "Player", "Queue", "QueueFailed", "Refused"]
