"""Example traffic as the gateway would put it on the log, one event a message: for streams that have little of it."""

from collections.abc import Callable, Iterator

from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import ClientEvents, LogMessage
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.keys import message_key
from schemas.shared.message import head_line, item_line, message
from schemas.shared.stream import Stream
from schemas.shared.validation import EventValidator

CONSENT_LEVEL = 2


def messages_of(stream: Stream) -> Callable[[ClientEvents, Callable[[str], str]], Iterator[LogMessage]]:
    """Makes messages of a stream's traffic whose events have ids; its `subject_of` makes a subject of a name."""
    validator = EventValidator(stream)

    def log_messages(traffic: ClientEvents, subject_of: Callable[[str], str]) -> Iterator[LogMessage]:
        for event in traffic.client_events():
            taken = validator.accept(event.body, event.arrived)
            assert taken.event_id is not None, "example traffic has ids"
            subject = subject_of(event.person.name)
            part = RequestPart(
                schema_version=SCHEMA_VERSION,
                tenant=ORGANISATION,
                subject=subject,
                received_at=event.arrived,
                request_id=taken.event_id,
                consent_level=CONSENT_LEVEL,
                consent_source="token",
            )
            value = message(head_line(part, {}), [item_line(taken, taken.event_id)])
            client = client_context.encode(event.person.address, event.person.user_agent)
            yield LogMessage(message_key(ORGANISATION, taken.session_id, subject), value, client)

    return log_messages
