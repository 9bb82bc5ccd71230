"""The chain of audit rows in plain Python, by docs/audit.md alone, with nothing of the code under test."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

PLAIN = [
    "chain_version", "chain_number", "tenant", "stream", "schema_version", "event_type", "event_id", "occurred_at",
    "client_occurred_at", "received_at", "request_id", "consent_level", "consent_source", "decision_reason", "gpc",
    "privacy_excluded", "geo_unavailable", "actor_source", "actor_type", "action", "resource_type", "status",
    "status_code", "code", "log_partition", "log_offset", "log_item", "project_id",
]  # fmt: skip
PERSONAL = [
    "subject", "actor", "session_id", "resource_id", "metadata", "extra", "payload_digest", "ip_prefix", "country_code",
    "region_code", "city", "time_zone", "latitude", "longitude", "device_type", "browser_family", "os_family",
]  # fmt: skip


def counted(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return round(value * 10) if name in ("latitude", "longitude") and value is not None else value


def form(row: Mapping[str, Any], names: Iterable[str]) -> bytes:
    values = [counted(name, row.get(name)) for name in names]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()


def faults(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a table of whole chains, their rows in any order."""
    ordered = sorted(rows, key=lambda row: (row["tenant"], row["chain_number"]))
    wrong: list[str] = []
    number, digest, tenant = 0, "0" * 64, None
    for row in ordered:
        if row["tenant"] != tenant:
            number, digest, tenant = 0, "0" * 64, row["tenant"]
        number += 1
        personal = hashlib.sha256(bytes.fromhex(row["salt"]) + form(row, PERSONAL)).hexdigest()
        whole = bytes.fromhex(digest) + form(row, PLAIN) + bytes.fromhex(personal)
        expected = (number, digest, personal, hashlib.sha256(whole).hexdigest())
        found = (row["chain_number"], row["previous"], row["personal_digest"], row["digest"])
        wrong += [] if found == expected else [f"{tenant} {row['chain_number']}"]
        number, digest = row["chain_number"], row["digest"]
    return wrong
