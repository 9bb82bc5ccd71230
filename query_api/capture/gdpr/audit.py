"""Audit rows of a project as a key sees them: numbered, with the clear names of people who are not erased."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from control.erasures import Erasure
from control.store import Control
from query_api.gdpr.person import Person
from query_api.gdpr.pieces import array, encode, values, whole_seconds
from query_api.gdpr.rows import PersonRows
from schemas.audit import AUDIT
from sinks.files import TableFiles
from sinks.location import Location

SHOWN: Final = ("project_id", "action", "subject", "actor", "metadata", "occurred_at")
MORE: Final = ("resource_type", "resource_id", "session_id", "status", "ip_prefix")
"""What else an export tells of an entry."""
NEWEST: Final = ("occurred_at", "chain_number")


class Page(msgspec.Struct, frozen=True):
    """Some entries, the newest first, and how many there are in all."""

    logs: list[dict[str, Any]]
    total: int


def page(location: Location, control: Control, tenant: str, project_id: str, limit: int, offset: int) -> Page:
    """The entries of a project behind so many newer ones. The oldest entry there is has the id 1."""
    files = TableFiles.reading(location, AUDIT.primary)
    rows = files.scan(files.listing()["path"].to_list())
    rows = rows.filter(pl.col("tenant") == tenant, pl.col("project_id") == project_id)
    total = rows.select(pl.len()).collect(engine="streaming").item()
    newest = rows.select(*SHOWN, "chain_number").top_k(offset + limit, by=NEWEST).collect(engine="streaming")
    found = newest.sort(NEWEST, descending=True).slice(offset)
    subjects = found["subject"].drop_nulls().unique().to_list()
    names = control.capture_sessions.names(tenant, subjects)
    hiding = [each for each in control.erasures.in_state("hidden") if each.tenant == tenant]
    logs = [_entry(_without(row, hiding), names) for row in found.iter_rows(named=True)]
    return Page([{"id": total - offset - place, **entry} for place, entry in enumerate(logs)], total)


def _without(row: Mapping[str, Any], hiding: Sequence[Erasure]) -> Mapping[str, Any]:
    """The row as an erasure that runs will leave it."""
    erased = any(
        each.subject == row["subject"] and each.scope in ("", row["project_id"]) and row["occurred_at"] < each.erased_at
        for each in hiding
    )
    return {**row, "subject": None, "actor": None, "metadata": None} if erased else row


def of_person(rows: PersonRows, person: Person) -> Iterator[bytes]:
    """The JSON array of a person's own entries."""
    names = {person.subject: person.user_id}
    shown = (frame.select(*SHOWN, *MORE).iter_rows(named=True) for frame in rows.of(AUDIT.primary))
    return array(values(encode(_whole_entry(row, names)) for row in some) for some in shown)


def _whole_entry(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return _entry(row, names) | {name: row[name] for name in MORE}


def _entry(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What was erased of it is null."""
    details = row["metadata"]
    return {
        "project_id": row["project_id"],
        "action": row["action"],
        "actor": names.get(row["subject"], row["actor"]),
        "details": None if details is None else msgspec.Raw(details.encode()),
        "created_at": whole_seconds(row["occurred_at"]),
    }
