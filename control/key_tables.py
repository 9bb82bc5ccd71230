"""The tables of the control store that say who may call by a key: what keys are of, the keys, what each has used."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from control.metadata import METADATA, UtcDateTime


def _owners(name: str) -> Table:
    """What keys are of: a name within its organisation, and the consent level of its calls."""
    return Table(
        name,
        METADATA,
        Column("id", String(36), primary_key=True),
        Column("tenant", String(128), nullable=False),
        Column("name", String(128), nullable=False),
        Column("default_consent", Integer, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Index(f"{name}_by_name", "tenant", "name", unique=True),
    )


CHANGES: Final = "api_key_changes"
"""The counter of keys made and ended."""
WRITE_KEY_CHANGES: Final = "write_key_changes"
"""The same of write keys."""

projects = _owners("projects")
applications = _owners("applications")

api_keys = Table(
    "api_keys",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("family", String(32), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("project_id", String(36)),
    Column("scope", String(64), nullable=False),
    Column("lookup", String(64)),
    Column("pepper", String(16)),
    Column("hash", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("owner", String(256), nullable=False, server_default=""),
    Column("subject", String(64), nullable=False, server_default=""),
    Column("plan", String(16), nullable=False, server_default=""),
    Column("default_consent", Integer),
    Index("api_keys_by_subject", "tenant", "subject"),
    Index("api_keys_by_lookup", "lookup", unique=True),
    Index("api_keys_by_hash", "family", "hash", unique=True),
)

write_keys = Table(
    "write_keys",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("lookup", String(64), nullable=False),
    Column("pepper", String(16), nullable=False),
    Column("server", Boolean, nullable=False),
    Column("default_consent", Integer, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index("write_keys_by_lookup", "lookup", unique=True),
)

people = Table(
    "people",
    METADATA,
    Column("tenant", String(128), primary_key=True),
    Column("user_id", String(256), primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("display_name", String(256)),
    Column("email", String(256)),
    Column("weight_kg", Float),
    Column("height_cm", Float),
    Column("language", String(8)),
    Column("created_at", UtcDateTime, nullable=False),
    Index("people_by_subject", "tenant", "subject"),
)

request_windows = Table(
    "request_windows",
    METADATA,
    Column("budget", String(128), primary_key=True),
    Column("window_start", UtcDateTime, nullable=False),
    Column("used", BigInteger, nullable=False),
    Index("request_windows_by_start", "window_start"),
)
