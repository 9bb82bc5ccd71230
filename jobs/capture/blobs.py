"""Which blobs of capture are referred to: the newest chunk of each index, and the video of each session.

Both go with the rows of capture_chunks: chunks because their rows do, a video when its newest chunk's days are over.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from control.capture_sessions import CaptureSession
from jobs.blobs import Blobs
from jobs.capture.chunks import newest
from jobs.capture.video import FOLDER as VIDEOS
from jobs.lake import Lake
from jobs.retention_options import RetentionOptions, days_kept
from schemas.capture.chunks import CHUNKS

CHUNK_FOLDER = "chunks"


def _session_ids(names: Collection[str]) -> set[str]:
    """The folder that a blob lies in is its session's."""
    return {name.split("/")[1] for name in names}


def _sessions(lake: Lake, names: Collection[str]) -> Mapping[str, CaptureSession]:
    """The sessions, by id, that these blobs are of and that are still known."""
    return lake.control.capture_sessions.of_ids(_session_ids(names))


def _rows(lake: Lake, sessions: Mapping[str, CaptureSession]) -> pl.LazyFrame:
    """What the table has of these sessions."""
    since = min(session.created_at for session in sessions.values())
    theirs = pl.col("session_id").is_in(list(sessions)) & (pl.col("received_date") >= since.date())
    return lake.tables.rows(CHUNKS.primary).filter(theirs)


def live_chunks(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that a row of the table says, and no newer row of the same index."""
    known = _sessions(lake, names)
    return set(newest(_rows(lake, known)).select("blob").collect()["blob"]) if known else ()


def live_videos(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that are their sessions' video, while the chunks that they were made of are kept.

    Where consent was taken back from all of a session its rows are gone before their time, and so is its video.
    """
    oldest = now - timedelta(days=days_kept(lake.settings.room(RetentionOptions), CHUNKS.primary))
    known = _sessions(lake, names)
    if not known:
        return ()
    with_chunks = set(_rows(lake, known).select(pl.col("session_id").unique()).collect()["session_id"])
    found = [each for each in known.values() if each.id in with_chunks]
    return {each.video for each in found if each.video and each.video_until and each.video_until > oldest}


def forget_videos(lake: Lake, gone: Collection[str]) -> None:
    """Their sessions have none any more."""
    lake.control.capture_sessions.without_video(_session_ids(gone), gone)


BLOBS = (
    Blobs(CHUNK_FOLDER, (CHUNKS.name,), live_chunks),
    Blobs(VIDEOS, (CHUNKS.name,), live_videos, forget_videos),
)
