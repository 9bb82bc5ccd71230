"""The tables of the control store that say who may call by a key: what keys are of, the keys, what each has used."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

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
    Index("api_keys_by_lookup", "lookup", unique=True),
    Index("api_keys_by_hash", "family", "hash", unique=True),
)

request_windows = Table(
    "request_windows",
    METADATA,
    Column("budget", String(128), primary_key=True),
    Column("window_start", UtcDateTime, nullable=False),
    Column("used", BigInteger, nullable=False),
    Index("request_windows_by_start", "window_start"),
)
