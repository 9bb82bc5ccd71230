"""Example media traffic: what a player reports (`viewing`), days of it (`traffic`), and on the log (`messages`)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kinelake.example.media.messages import log_messages
from kinelake.example.media.traffic import MediaTraffic, planned
from kinelake.example.traffic import Example, Shown
from schemas.media.events import STREAM
from schemas.shared.times import microseconds, text

__all__ = ["TRAFFIC"]


def _event(now: datetime) -> Mapping[str, Any]:
    """The contract's example, happening now."""
    return {**STREAM.example, "session_id": str(uuid.uuid4()), "timestamp": text(microseconds(now))}


TRAFFIC = (
    Example[MediaTraffic](
        STREAM,
        planned,
        messages=log_messages,
        shown=Shown(
            sent="an event",
            event=_event,
            asked="statistics",
            question="/v1/media/sessions/stats?period=24h",
        ),
        notebook="notebooks/media.ipynb",
    ),
)
