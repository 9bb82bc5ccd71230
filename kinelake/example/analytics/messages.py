"""Example visits as they lie on the log, sent every 20 events: for benchmarks of what reads the log."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from kinelake.example.analytics.traffic import AnalyticsTraffic, Told, Visit
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import LogMessage
from schemas.analytics import STREAM
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.keys import message_key
from schemas.shared.meaning import digest, object_text
from schemas.shared.message import head_line, message

CONSENT_LEVEL: Final = 2
SENT_TOGETHER: Final = 20
"""Events that an application gathers before it sends them."""
DELAY_US: Final = 200_000


def log_messages(
    traffic: AnalyticsTraffic, subject_of: Callable[[str], str], tenant: str = ORGANISATION
) -> Iterator[LogMessage]:
    """Every visit as messages; `subject_of` makes a subject of a person's name."""
    for visit, told in traffic.told():
        key = message_key(tenant, visit.session_id, "")
        client = client_context.encode(visit.person.address, visit.person.user_agent)
        for first in range(0, len(told), SENT_TOGETHER):
            part = told[first : first + SENT_TOGETHER]
            head = head_line(_request(part, subject_of(visit.person.name), tenant), {})
            yield LogMessage(key, message(head, (_item(visit, each) for each in part)), client)


def _request(part: list[Told], subject: str, tenant: str) -> RequestPart:
    return RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=tenant,
        subject=subject,
        received_at=part[-1].at + DELAY_US,
        request_id=part[0].event_id,
        consent_level=CONSENT_LEVEL,
        consent_source="token",
    )


def _item(visit: Visit, told: Told) -> bytes:
    fields: dict[str, Any] = dict(told.event)
    if "properties" in fields:
        fields["properties"] = object_text(fields["properties"]).decode()
    item = {
        "event_type": STREAM.event_type,
        "event_id": told.event_id,
        "occurred_at": told.at,
        "payload_digest": digest(told.event_id.encode()),
        "session_id": visit.session_id,
    }
    return msgspec.json.encode(item | fields)
