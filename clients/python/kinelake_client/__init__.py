"""Telemetry to Kinelake from servers and notebooks: media, analytics, error reports, pose frames, consent."""

from .async_client import AsyncClient
from .client import Client
from .events import AnalyticsEvent, ErrorReport, MediaEvent, PoseFrame
from .faults import (
    BadEvent,
    ClientError,
    ConsentRequired,
    NotDelivered,
    QueueClosed,
    QueueFull,
    Refused,
    Rejected,
    StillWaiting,
    Unauthorized,
    Unavailable,
)
from .queue import Queue, Undelivered
from .verdicts import Delivered, FieldError, Verdict

__all__ = [
    "AnalyticsEvent",
    "AsyncClient",
    "BadEvent",
    "Client",
    "ClientError",
    "ConsentRequired",
    "Delivered",
    "ErrorReport",
    "FieldError",
    "MediaEvent",
    "NotDelivered",
    "PoseFrame",
    "Queue",
    "QueueClosed",
    "QueueFull",
    "Refused",
    "Rejected",
    "StillWaiting",
    "Unauthorized",
    "Unavailable",
    "Undelivered",
    "Verdict",
]
