"""The tables of the control store; `migrations/` makes them, a test keeps both the same. Times are UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from control.metadata import METADATA, UtcDateTime

OPEN_JOB = text("state IN ('queued', 'running')")

organisations = Table(
    "organisations",
    METADATA,
    Column("id", String(128), primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

watermarks = Table(
    "watermarks",
    METADATA,
    Column("flow", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    METADATA,
    # SQLite counts up by itself only in a column declared INTEGER
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("words", Text),
    Column("attempt", Integer, nullable=False),
    Column("lease", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("owner", String(255)),
    Column("lease_until", UtcDateTime),
    Column("available_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("jobs_one_open", "kind", "key", unique=True, sqlite_where=OPEN_JOB, postgresql_where=OPEN_JOB),
    Index("jobs_by_state", "state", "kind", "available_at"),
    Index("jobs_by_key", "kind", "key", "id"),
)

counters = Table(
    "counters",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    METADATA,
    Column("role", String(64), primary_key=True),
    Column("instance", String(255), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("detail", JSON, nullable=False),
)

tombstones = Table(
    "tombstones",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("erased_at", UtcDateTime, nullable=False),
    Column("scope", String(64), nullable=False, server_default=""),
    Index("tombstones_by_subject", "tenant", "subject", "scope"),
    # a number is never given again, so that who read up to one has not missed any below it
    sqlite_autoincrement=True,
)

NOT_CLEAN = text("state = 'hidden'")

erasures = Table(
    "erasures",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("requested_by", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("erased_at", UtcDateTime, nullable=False),
    Column("tables_clean_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("finish_expected_at", UtcDateTime),
    Column("deleted_sessions", BigInteger, nullable=False),
    Column("deleted_events", BigInteger, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(
        "erasures_one_running",
        "tenant",
        "scope",
        "subject",
        unique=True,
        sqlite_where=NOT_CLEAN,
        postgresql_where=NOT_CLEAN,
    ),
    Index("erasures_by_tenant", "tenant", "erased_at", "id"),
    Index("erasures_by_state", "state"),
)

erased_sessions = Table(
    "erased_sessions",
    METADATA,
    Column("erasure_id", String(36), primary_key=True),
    Column("session_id", String(36), primary_key=True),
)

NOT_PUBLISHED = text("NOT published")
NOT_CORRECTED = text("NOT corrected")

consent_records = Table(
    "consent_records",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("event_id", String(36), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("level", Integer, nullable=False),
    Column("source", Text),
    Column("extra", Text),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("backdated", Boolean, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", String(64), nullable=False),
    Column("recorded_role", String(16), nullable=False),
    Column("request_id", Text, nullable=False),
    Column("published", Boolean, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("ends", JSON(none_as_null=True)),
    Index("consent_records_by_person", "tenant", "subject", "effective_at", "number"),
    Index("consent_records_by_event", "tenant", "event_id", "number"),
    Index("consent_records_unpublished", "number", sqlite_where=NOT_PUBLISHED, postgresql_where=NOT_PUBLISHED),
    Index("consent_records_uncorrected", "number", sqlite_where=NOT_CORRECTED, postgresql_where=NOT_CORRECTED),
    # a number is never given again, so that who read up to one has not missed any below it
    sqlite_autoincrement=True,
)

consent_decisions = Table(
    "consent_decisions",
    METADATA,
    Column("flow", String(128), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("from_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("known", JSON, nullable=False),
)

chain_heads = Table(
    "chain_heads",
    METADATA,
    Column("organisation", String(128), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

chain_anchors = Table(
    "chain_anchors",
    METADATA,
    Column("organisation", String(128), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("cut_at", UtcDateTime, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

geo_databases = Table(
    "geo_databases",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("archive_digest", String(64)),
    Column("database_type", String(128), nullable=False),
    Column("built_at", UtcDateTime, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("blob", String(255)),
    # a number is never given again: flows tell a newer database by it
    sqlite_autoincrement=True,
)

geo_updates = Table(
    "geo_updates",
    METADATA,
    Column("job", BigInteger, primary_key=True, autoincrement=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text),
)

privacy_exclusions = Table(
    "privacy_exclusions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("network", String(64), nullable=False),
    Column("position", LargeBinary, nullable=False),
    Column("exclusion_type", String(64), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("last_updated", UtcDateTime, nullable=False),
    Index("privacy_exclusions_by_position", "position", "id"),
    Index("privacy_exclusions_by_network", "network"),
)

exclusion_changes = Table(
    "exclusion_changes",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("job", BigInteger, nullable=False),
    Column("added", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("deactivated", Integer, nullable=False),
    Index("exclusion_changes_by_job", "job"),
    # a number is never given again: flows tell a newer list by it
    sqlite_autoincrement=True,
)

capture_sessions = Table(
    "capture_sessions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("project_id", String(36), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("user_id", String(256), nullable=False),
    Column("capture_mode", String(16), nullable=False),
    Column("frame_rate", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("chunk_kind", String(16)),
    Column("chunked_at", UtcDateTime),
    Column("video", String(255)),
    Column("video_until", UtcDateTime),
    Index("capture_sessions_by_project", "project_id", "created_at", "id"),
    Index("capture_sessions_by_subject", "tenant", "subject"),
)

written_offsets = Table(
    "written_offsets",
    METADATA,
    Column("scope", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

models = Table(
    "models",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("app_id", String(36), nullable=False),
    Column("level_name", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("format", String(8), nullable=False),
    Column("bounds", JSON),
    Column("blob", String(255), nullable=False),
    Column("outline", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
    Index("models_by_level", "app_id", "level_name", "version", unique=True),
    Index("models_by_content", "app_id", "level_name", "sha256", unique=True),
)
