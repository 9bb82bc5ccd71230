"""The capture flows: sessions, events and chunks → their tables."""

from flows.steps.head import Flow
from schemas.capture import STREAMS

FLOWS = {stream.name: Flow() for stream in STREAMS}
