"""Which films and pictures are referred to: those of sessions that control knows and that the table has rows of.

They go after some days of their own, long before the rows; with the session, when it is erased or consent to it is
taken back; and where they are of no session at all, such as those of an upload that died, or of an analysis whose
session was erased meanwhile.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from control.motion_sessions import MotionSession
from jobs.blobs import Blobs
from jobs.lake import Lake
from jobs.motion.options import MotionJobOptions
from schemas.motion import SESSIONS
from schemas.motion.blobs import PICTURES, UPLOADS, VIDEOS


def nobodys(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """None of them: a film that is taken has another name."""
    return ()


def live_videos(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that are their sessions' film, or what was drawn on it last."""
    kept = _kept(lake, names, now).values()
    return {video for session in kept for video in (session.video, session.analysed_video) if video is not None}


def live_pictures(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those of sessions that have an analysis, whichever it was."""
    kept = _kept(lake, names, now)
    return [name for name in names if (of := kept.get(_session_id(name))) and of.analysis_version is not None]


def forget_videos(lake: Lake, gone: Collection[str]) -> None:
    """Nothing is drawn on their sessions' films any more."""
    lake.control.motion_sessions.without_films(gone)


def _kept(lake: Lake, names: Sequence[str], now: datetime) -> Mapping[str, MotionSession]:
    """The sessions that these blobs are of and that still have films, by id."""
    days = lake.settings.room(MotionJobOptions).motion_videos_retention_days
    known = lake.control.motion_sessions.of_ids({_session_id(name) for name in names})
    young = {key: session for key, session in known.items() if session.created_at > now - timedelta(days=days)}
    with_rows = _with_rows(lake, young)
    return {key: session for key, session in young.items() if key in with_rows}


def _with_rows(lake: Lake, sessions: Mapping[str, MotionSession]) -> set[str]:
    """Those that the table has rows of: where consent was taken back it has none."""
    if not sessions:
        return set()
    since = min(session.created_at for session in sessions.values()).date()
    theirs = pl.col("session_id").is_in(list(sessions)) & (pl.col("received_date") >= since)
    rows = lake.tables.rows(SESSIONS.primary).filter(theirs)
    return set(rows.select(pl.col("session_id").unique()).collect()["session_id"])


def _session_id(name: str) -> str:
    """The folder that a blob lies in is its session's."""
    return name.split("/")[1]


BLOBS = (
    Blobs(UPLOADS, (), nobodys),
    Blobs(VIDEOS, (SESSIONS.name,), live_videos, forget_videos),
    Blobs(PICTURES, (SESSIONS.name,), live_pictures),
)
