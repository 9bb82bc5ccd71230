"""Example analytics: what a person does on a visit (`visit`), days of it (`traffic`), and on the log (`messages`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kinelake.example.analytics.messages import log_messages
from kinelake.example.analytics.traffic import AnalyticsTraffic
from kinelake.example.traffic import Example, Shown
from schemas.analytics import STREAM
from schemas.shared.times import microseconds, text

__all__ = ["TRAFFIC"]


def _event(now: datetime) -> Mapping[str, Any]:
    """The contract's example, happening now."""
    return {**STREAM.example, "timestamp": text(microseconds(now))}


TRAFFIC = (
    Example[AnalyticsTraffic](
        STREAM,
        AnalyticsTraffic,
        messages=log_messages,
        shown=Shown(
            sent="a page view",
            event=_event,
            asked="the newest page views and clicks",
            question=f"{STREAM.path}?limit=5",
            notebook="notebooks/telemetry.ipynb",
        ),
    ),
)
