"""Game telemetry to Kinelake: in batches, kept on disk while offline, and only while the player allows it."""

from .client import Client, Player
from .delivery import Delivery
from .faults import ItemTooLarge, QueueFailed, Refused
from .queue import Queue

__all__ = ["Client", "Delivery", "ItemTooLarge", "Player", "Queue", "QueueFailed", "Refused"]
