"""What every stream's routes of the gateway are made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from blob_store.store import BlobStore
from control.store import Control
from event_log import Publisher
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.recorded_consent import RecordedConsent
from schemas.shared.faults import Transient
from schemas.shared.options import OptionsOf, by_default
from web.options import WebOptions

FilmRefusal: TypeAlias = Callable[[Path, Mapping[str, Any]], str | None]
"""Why a film is not taken that is to be analysed so (the JSON of a request); None where it is taken.

It looks into the film in a process apart. Raises Transient where it could not be looked at.
"""


class NobodyLooks(Transient):
    """No film can be taken: nothing that looks into films was handed over."""


def nobody_looks(film: Path, request: Mapping[str, Any]) -> str | None:
    """What stands for a FilmRefusal where there is none; raises NobodyLooks."""
    raise NobodyLooks("films are not taken here: this gateway was made without what looks into them")


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
    film_refusal: FilmRefusal = nobody_looks
