"""The body of `POST /v1/cmcd/{key}`: records, one a line, each of which becomes one to four media events."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from ingest_gateway.door.protocol import Opened, Read, Said
from ingest_gateway.media.mapping import events_of
from ingest_gateway.media.records import members, string, whole
from schemas.shared.meaning import digest
from schemas.shared.text import printable
from schemas.shared.times import DAY_US
from schemas.shared.validation import AHEAD_US, Accepted
from web.digits import decimal_number
from web.problems import Problem

MOST_BYTES: Final = 256 * 1024
MOST_RECORDS: Final = 500
MOST_RECORD_BYTES: Final = 8 * 1024
VERSION: Final = 2
"""Of CMCD; a later one may mean something else by what it says."""
LONGEST_ID, LONGEST_TYPE, LONGEST_DURATION = 128, 64, 1e7
"""Bounds of columns: characters, characters, seconds."""
PARTS: Final = 4
"""Room for the events of a record between two of its player's numbers; and that number is exact four times as large."""
LARGEST_NUMBER: Final = 2**53 // PARTS - 1
SECONDS_END: Final = 10**10
"""Times below it are seconds, as examples of CTA-5004-A have them: in milliseconds they would be of 1970."""

NO_SESSION, BAD_SESSION, BAD_MEDIA = "no_session", "bad_session", "bad_media"
BAD_TIME, WRONG_VERSION = "bad_time", "version"
"""Why a record is refused."""

_encode = msgspec.json.Encoder().encode


class Session(NamedTuple):
    """Whose a record is; `refused` is why nobody's."""

    session_id: str
    subject: str
    refused: str = ""


class _Sessions(dict[str, Session]):
    """`sid` as it is written → its session."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def __missing__(self, written: str) -> Session:
        found = self[written] = self._session(string(written))
        return found

    def _session(self, sid: str | None) -> Session:
        if not sid:
            return Session("", "", NO_SESSION)
        if not _is_id(sid):
            return Session("", "", BAD_SESSION)
        return Session(sid, self._opened.person or self._opened.subject_of(f"session:{sid}"))


class _Media(dict[str, str]):
    """`cid` as it is written → the columns that say what is watched; empty where that cannot be one's id."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._otherwise = query.get("media") or "unknown"
        said = query.get("media_type", "")
        fits = 0 < len(said) <= LONGEST_TYPE and said != "video" and printable(said)
        self._type = f',"media_type":{_encode(said).decode()}' if fits else ""

    def __missing__(self, written: str) -> str:
        media = string(written) or self._otherwise
        found = f',"media_id":{_encode(media).decode()}{self._type}' if _is_id(media) else ""
        self[written] = found
        return found


class CmcdReading:
    """Reads bodies; of times it takes those up to that many days ago, and a day ahead."""

    def __init__(self, max_age_days: int) -> None:
        self._max_age_us = max_age_days * DAY_US

    def __call__(self, opened: Opened, body: bytes) -> Read:
        """Its events in their order, and what is refused of its records.

        Raises:
            Problem: 413 for more bytes or records than there may be.
        """
        records = _records(body)
        read, sessions, media = Read(items=len(records)), _Sessions(opened), _Media(opened.query)
        duration = _duration(opened.query)
        oldest, newest = max(0, opened.received_at - self._max_age_us), opened.received_at + AHEAD_US
        for record in records:
            said = members(record)
            session, watched = sessions[said.pop("sid", "")], media[said.pop("cid", "")]
            at = _time(said.pop("ts", ""))
            if refused := session.refused or _refused(said.pop("v", ""), watched, oldest <= at <= newest):
                read.refuse(refused)
                continue
            first = _sequence(said.pop("sn", ""))
            for part, (kind, columns) in enumerate(events_of(said, duration)):
                sequence = f',"sequence":{first + part}' if first >= 0 else ""
                own = f"{watched}{sequence}{columns}}}".encode()
                event_id = opened.id_of(f"{record}\n{part}")
                event = Accepted(kind, event_id, session.session_id, at, None, digest(own), {}, own)
                read.said.append(Said(event, session.subject))
        return read


def _refused(version: str, watched: str, in_time: bool) -> str:
    """Why a record of a session is; empty where it is not."""
    if version and version != "2" and (whole(version) or 0) > VERSION:
        return WRONG_VERSION
    if not watched:
        return BAD_MEDIA
    return "" if in_time else BAD_TIME


def _records(body: bytes) -> list[str]:
    """Those that are not empty; bytes that are no UTF-8 become what no string may have."""
    if len(body) > MOST_BYTES:
        raise Problem(413, "request_too_large", f"A body may have at most {MOST_BYTES} bytes.")
    found = [line for each in body.split(b"\n") if (line := each.strip())]
    if len(found) > MOST_RECORDS:
        raise Problem(413, "too_many_records", f"A body may have at most {MOST_RECORDS} records.")
    if found and max(map(len, found)) > MOST_RECORD_BYTES:
        raise Problem(413, "record_too_large", f"A record may have at most {MOST_RECORD_BYTES} bytes.")
    return [line.decode("utf-8", "backslashreplace") for line in found]


def _time(written: str) -> int:
    """µs since 1970; -1 where it is no time."""
    said = whole(written)
    if said is None:
        return -1
    return said * 1_000_000 if said < SECONDS_END else said * 1000


def _sequence(written: str) -> int:
    """That of a record's first event; -1 where its player does not count."""
    number = whole(written)
    return PARTS * number if number is not None and number <= LARGEST_NUMBER else -1


def _duration(query: Mapping[str, str]) -> str:
    """The column of the content's length that the URL says, in s."""
    seconds = decimal_number(query.get("duration", ""), LONGEST_DURATION)
    return f',"total_duration_seconds":{seconds}' if seconds else ""


def _is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and printable(text)
