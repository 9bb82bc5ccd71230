"""Example traffic, one event a request, as it lies on the log: for benchmarks of what reads the log."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kinelake.example.media.traffic import Arrival, MediaTraffic, Template
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import LogMessage
from schemas.media.events import STREAM
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION
from schemas.shared.keys import message_key

CONSENT_LEVEL: Final = 2
_SPREAD: Final = 0x9E3779B97F4A7C15
_TWO_63: Final = 1 << 63


def log_messages(
    traffic: MediaTraffic, subject_of: Callable[[str], str], tenant: str = ORGANISATION
) -> Iterator[LogMessage]:
    """Every arrival as a message; `subject_of` makes a subject of a person's name, received_at is the arrival."""
    shared = msgspec.json.encode({"tenant": tenant, "consent_level": CONSENT_LEVEL, "consent_source": "token"})
    head = f'{{"schema_version":{SCHEMA_VERSION},{shared.decode()[1:-1]},"subject":"'
    starts, tails = _items(traffic.templates)
    people = [(subject_of(p.name), client_context.encode(p.address, p.user_agent)) for p in traffic.people]
    owners = [people[person] for person in traffic.person_of.tolist()]
    keys = [message_key(tenant, session_id, "") for session_id in traffic.session_ids]
    for arrival in traffic.arrivals():
        subject, client = owners[arrival.session]
        middle = _middle(arrival, traffic.session_ids[arrival.session])
        line = f'{subject}","received_at":{arrival.arrived},"request_id":"{arrival.event_id}"}}'
        value = f"{head}{line}\n{starts[arrival.step]}{middle}{tails[arrival.step]}"
        yield LogMessage(keys[arrival.session], value.encode(), client)


def _middle(arrival: Arrival, session_id: str) -> str:
    digest = arrival.number * _SPREAD % _TWO_63
    return f'{arrival.event_id}","occurred_at":{arrival.at},"payload_digest":{digest},"session_id":"{session_id}'


def _items(templates: list[Template]) -> tuple[list[str], list[str]]:
    """Of each step's item what comes before the event's id and what comes after the session's."""
    usual = {kind: STREAM.defaults(kind) for kind in STREAM.kinds}
    starts, tails = [], []
    for template in templates:
        media = {"media_id": template.title.media_id, "media_type": template.title.media_type}
        for step in template.steps:
            starts.append(f'{{"event_type":"{step.kind}","event_id":"')
            # a gateway leaves out what counts anyway
            said = {name: value for name, value in (media | step.data).items() if value != usual[step.kind].get(name)}
            own = msgspec.json.encode(said).decode()
            tails.append(f'",{own[1:]}')
    return starts, tails
