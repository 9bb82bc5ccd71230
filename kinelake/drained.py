"""A stream's topic, ready for this version's messages: made where it is missing, refused where 0.1 left some behind.

Version 0.1 wrote one event a message; nothing here reads that. Its tables go on, its log has to be empty first.
"""

import msgspec

from event_log import open_reader
from kinelake.faults import LogNotDrained
from kinelake.installation import Installation
from schemas.shared.stream import Stream, streams
from sinks.passed import has_noted_items

PEEK_SECONDS = 5.0
PEEK_MESSAGES = 1_000


class OneEvent(msgspec.Struct):
    """What every message of version 0.1 had, and no head of this version has."""

    event_type: str
    event_id: str
    payload_digest: int
    schema_version: int


_one_event = msgspec.json.Decoder(OneEvent)


def ready_log(installation: Installation, stream: Stream) -> None:
    """The stream's topic is there and holds nothing that version 0.1 accepted and did not store.

    Raises:
        LogNotDrained: it does; the message says the way out.
    """
    installation.log.ensure_topic(stream.name, stream.max_record_bytes)
    starts = _starts(installation, stream)
    ends = installation.log.end_offsets(stream.name)
    waiting = {partition: start for partition, start in (starts or {}).items() if start < ends[partition]}
    if waiting and _first_is_old(installation, stream, waiting):
        count = sum(ends[partition] - start for partition, start in waiting.items())
        raise LogNotDrained(
            f"the log of {stream.name} holds {count} messages that version 0.1 accepted and has not put into tables, "
            f"and this version cannot read them: run version 0.1 until its `kinelake status` says a lag of 0 for "
            f"{stream.name} while nothing is sent, stop it, then start this version"
        )


def ready_tables(installation: Installation) -> None:
    """No table has to wait for version 0.1, which could not go on with one that this version has changed.

    Raises:
        LogNotDrained: one has, as `ready_log` says.
    """
    for stream in streams().values():
        if installation.location.exists(stream.primary.name) and _starts(installation, stream) is not None:
            ready_log(installation, stream)


def _starts(installation: Installation, stream: Stream) -> dict[int, int] | None:
    """Where reading goes on, by partition; None where a flow of this version has committed already."""
    partitions, primary = range(installation.settings.partitions), stream.primary.name
    if not installation.location.exists(primary):
        return dict.fromkeys(partitions, 0)
    if has_noted_items(installation.tables.table(primary), stream.name, partitions):
        return None
    return dict(installation.tables.offsets(primary, stream.name, partitions))


def _first_is_old(installation: Installation, stream: Stream, starts: dict[int, int]) -> bool:
    """Whether a message that waits there is one of version 0.1."""
    reader = open_reader(installation.settings.log_url, stream.name, starts, installation.settings)
    try:
        return any(map(_is_old, reader.poll(PEEK_MESSAGES, PEEK_SECONDS).values))
    finally:
        reader.close()


def _is_old(value: bytes) -> bool:
    try:
        return _one_event.decode(value).schema_version == 1
    except msgspec.MsgspecError:
        return False
