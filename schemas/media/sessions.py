"""A media session as the fold of its events: what a state (any revision) and a settled row have in common."""

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.origins import INGEST_KEY_COLUMN, SOURCE_COLUMN

FOLD_RULES = 2
"""The rules that sessions are folded by now; a row says by which it was made. 1, or null, are those of version 0.1."""

SESSION_KEY = ("tenant", "subject", "session_id", "media_id")
"""A session's identity; another media_id in the same session is a row of its own."""

SESSION_COLUMNS = (
    Column("tenant", pl.String, "The organisation that owns the row."),
    Column("subject", pl.String, "The person, as a pseudonym of the organisation."),
    Column("session_id", pl.String, "The session as the client names it."),
    Column("media_id", pl.String, "The video or exercise."),
    Column("media_type", pl.String, "Kind of media, of the earliest event."),
    Column("consent_level", pl.Int64, "Lowest consent level among its events."),
    Column("gpc", pl.Boolean, "Any of its events came with Sec-GPC: 1."),
    Column("first_event_at", TIMESTAMP, "Earliest occurred_at; it places the session in a period.", "UTC"),
    Column("last_event_at", TIMESTAMP, "Latest occurred_at.", "UTC"),
    Column("last_playhead_at", TIMESTAMP, "When the playhead last moved by playing; null if it never did.", "UTC"),
    Column("last_received_at", TIMESTAMP, "Latest received_at.", "UTC"),
    Column("country_code", pl.String, "Earliest non-null country."),
    Column("device_type", pl.String, "Earliest non-null device type."),
    Column("connection_type", pl.String, "Earliest non-null connection type."),
    Column("browser_family", pl.String, "Earliest non-null browser family."),
    Column(SOURCE_COLUMN.name, pl.String, "Earliest non-null source; null where all of it came with a token."),
    Column(INGEST_KEY_COLUMN.name, pl.String, "Earliest non-null public write key; null likewise."),
    Column("events", pl.Int64, "Events folded in.", "events"),
    Column("total_duration_seconds", pl.Float64, "Length of the content; null when unknown or live.", "s"),
    Column("ttfb_ms", pl.Float64, "Time to first byte.", "ms"),
    Column("load_time_ms", pl.Float64, "From the request to the first frame.", "ms"),
    Column("first_play_at", TIMESTAMP, "When playing first began; null if it never did.", "UTC"),
    Column("watch_time_seconds", pl.Float64, "Wall time in play, as far as the playhead bears it out.", "s"),
    Column("unique_seconds", pl.Float64, "Content watched, each second once; null if it played unseen.", "s"),
    Column("max_position_seconds", pl.Float64, "Furthest position reached; null when none was reported.", "s"),
    Column(
        "completion_percent",
        pl.Float64,
        "Unique content ÷ duration; what session_end said where nothing could be measured.",
        "%",
    ),
    Column("buffering_count", pl.Int64, "Stalls: the larger of paired and reported.", "stalls"),
    Column("buffering_duration_ms", pl.Float64, "Time in stalls: the larger of paired and reported.", "ms"),
    Column("bits", pl.Float64, "Bits played; null without any bitrate.", "bit"),
    Column("media_seconds", pl.Float64, "Media time those bits cover; null without any bitrate.", "s"),
    Column("dropped_frames", pl.Int64, "Largest cumulative count reported; null when none was.", "frames"),
    Column("fatal_error", pl.Boolean, "A fatal error happened."),
    Column("errors", pl.Int64, "Errors, fatal or not.", "events"),
    Column("reached_end", pl.Boolean, "A played position or milestone at 95 % of the duration or beyond."),
    Column("end_status", pl.String, "What session_end said: completed or abandoned; null without one."),
    Column("fold_rules", pl.Int64, "The rules it was folded by: 2 are these, 1 or null those of version 0.1."),
)
"""The facts of a session that do not depend on when one asks; its status does (see `sinks.media.status`)."""

REVISION_COLUMNS = (
    Column(
        "revision",
        pl.Int64,
        "Next offset after the newest event folded in, or after what asked for it to be folded again; the highest "
        "revision counts.",
    ),
    Column("log_partition", pl.Int32, "Partition of the log the session lies on."),
)

MEDIA_SESSION_STATES = Table(
    "media_session_states",
    "The newest state of each session that an epoch touched; of one session the highest revision counts.",
    (
        *SESSION_COLUMNS,
        *REVISION_COLUMNS,
        Column("received_date", pl.Date, "UTC day of last_received_at; the table's partition."),
    ),
    statistics=("tenant", "session_id", "first_event_at", "last_event_at", "last_received_at", "revision"),
)

MEDIA_SESSIONS = Table(
    "media_sessions",
    "Settled sessions, one row each: quiet long enough; a late event makes a newer state that replaces the row.",
    (
        *SESSION_COLUMNS,
        *REVISION_COLUMNS,
        Column("status", pl.String, "completed or abandoned; settled sessions are never active."),
        Column("start_date", pl.Date, "UTC day of first_event_at; the table's partition."),
    ),
    partition_by=("start_date",),
    statistics=("tenant", "session_id", "first_event_at", "last_event_at", "revision"),
)
