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


def live_chunks(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that a row of the table says, and no newer row of the same index."""
    known = _sessions(lake, names)
    if not known:
        return ()
    since = min(session.created_at for session in known.values())
    theirs = pl.col("session_id").is_in(list(known)) & (pl.col("received_date") >= since.date())
    return set(newest(lake.tables.rows(CHUNKS.primary).filter(theirs)).select("blob").collect()["blob"])


def live_videos(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that are their sessions' video, while the chunks that they were made of are kept."""
    oldest = now - timedelta(days=days_kept(lake.settings.room(RetentionOptions), CHUNKS.primary))
    found = _sessions(lake, names).values()
    return {each.video for each in found if each.video and each.video_until and each.video_until > oldest}


def forget_videos(lake: Lake, gone: Collection[str]) -> None:
    """Their sessions have none any more."""
    lake.control.capture_sessions.without_video(_session_ids(gone), gone)


BLOBS = (
    Blobs(CHUNK_FOLDER, (CHUNKS.name,), live_chunks),
    Blobs(VIDEOS, (CHUNKS.name,), live_videos, forget_videos),
)
