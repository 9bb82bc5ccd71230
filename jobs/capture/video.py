"""The job that makes a session's video of its chunks. Done twice it is harmless: the newer video takes the place.

The video appears at once and whole: as a blob with a name of its own, and then as the session's video in control.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO, Final, Literal

import structlog

from control.capture_sessions import CaptureSession
from control.video_assembly import LATE
from jobs.capture.chunks import StoredChunk, caught_up, contents, newest_chunks
from jobs.faults import WorkStopped
from jobs.lake import Lake
from jobs.video.assembly.feeding import assemble
from jobs.video.assembly.made import Made
from jobs.video.faults import NotAssembled
from jobs.work import Context

FOLDER: Final = "videos"
"""Where the blob store has the videos, in a folder for each session."""
PATIENCE_SECONDS: Final = 30.0
"""How long the job waits for the flow before it lets others go first."""
LOOK_SECONDS: Final = 0.25
NAME_BYTES: Final = 16

log = structlog.get_logger()


def assemble_video(context: Context) -> None:
    """One attempt; a session that is unknown by now, since its user was forgotten, needs no video.

    Raises NotAssembled where its chunks make none, and what else `assemble` raises.
    """
    lake, session_id = context.lake, str(context.job.payload["session"])
    session = lake.control.capture_sessions.get(session_id)
    if session is None or session.chunked_at is None:
        log.info("no_video_needed", job=context.job.id)
    elif _flow_is_there(context, session_id):
        _assemble(context, session, session.chunked_at)
    else:
        lake.control.video_assembly.queue(session_id, LATE)
        log.info("video_waits_for_the_flow", job=context.job.id)


def _flow_is_there(context: Context, session_id: str) -> bool:
    """Whether the table has all chunks, which may take until the flow's next commit."""
    end = monotonic() + PATIENCE_SECONDS
    while not (there := caught_up(context.lake, session_id)) and monotonic() < end:
        if context.stopping.is_set():
            raise WorkStopped("the worker was told to stop")
        sleep(LOOK_SECONDS)
    return there


def _assemble(context: Context, session: CaptureSession, until: datetime) -> None:
    chunks = newest_chunks(context.lake, session)
    if not chunks:
        raise NotAssembled("the table has no chunk of the session")
    with TemporaryFile() as video:
        made = _made(context, session, chunks, video)
        name = f"{FOLDER}/{session.id}/{secrets.token_hex(NAME_BYTES)}.mp4"
        video.seek(0)
        context.lake.blobs.put(name, video)
    log.info("video_assembled", job=context.job.id, chunks=len(chunks), **vars(made))
    _note(context.lake, session, name, until)


def _made(context: Context, session: CaptureSession, chunks: Sequence[StoredChunk], video: IO[bytes]) -> Made:
    kind: Literal["image", "video"] = "video" if session.chunk_kind == "video" else "image"
    rate = Fraction(session.frame_rate).limit_denominator(1000)
    return assemble(kind, _told(context, chunks), rate, video, context.stopping)


def _told(context: Context, chunks: Sequence[StoredChunk]) -> Iterator[tuple[int, bytes]]:
    """The chunks, telling how many of them are handed over."""
    for number, content in enumerate(contents(context.lake.blobs, chunks), 1):
        context.progress(number / len(chunks), "assembling")
        yield content


def _note(lake: Lake, session: CaptureSession, name: str, until: datetime) -> None:
    sessions = lake.control.capture_sessions
    if not sessions.assembled(session.id, name, until):
        lake.blobs.delete(name)
        return
    if session.video is not None:
        lake.blobs.delete(session.video)
    now = sessions.get(session.id)
    if now is not None and now.chunked_at is not None and now.chunked_at > until:
        lake.control.video_assembly.queue(session.id, LATE)
