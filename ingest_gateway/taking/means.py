"""What every stream's routes of the gateway are made with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from blob_store.store import BlobStore
from control.store import Control
from event_log import Publisher
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.recorded_consent import RecordedConsent
from schemas.shared.options import OptionsOf, by_default
from web.options import WebOptions


@dataclass(frozen=True)
class Means:
    """The log, control, the blob store, settings, the clock, and what the routes of a process share."""

    publisher: Publisher
    control: Control
    options: GatewayOptions
    limits: WebOptions
    clock: Callable[[], datetime]
    ids: TimeOrderedIds
    recorded: RecordedConsent
    blobs: BlobStore
    options_of: OptionsOf = by_default
    """The settings that a stream brings."""
