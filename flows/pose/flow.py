"""The pose flow: frames of landmarks → pose_frames, pose_windows, pose_sessions."""

import bytewax.operators as op

from flows.conveyor.batch import Batch
from flows.steps.head import Batches, Flow
from flows.steps.standard import Steps
from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.frames import Filmed
from sinks.pose.merged import merged_sessions, merged_windows
from sinks.pose.parts import session_parts, window_parts


def build(batches: Batches, steps: Steps) -> Batches:
    """Frames, and what they bring to their windows and sessions."""
    return op.map("windows", batches, windows)
    # Batch: tables["pose_windows"], tables["pose_sessions"] beside the rows


def windows(batch: Batch) -> Batch:
    """The same rows, with what they bring to the seconds and the repetitions of their sessions.

    It remembers nothing: parts of one window that several batches bring add up, in whatever order.
    """
    if batch.rows.is_empty():
        return batch
    filmed = Filmed.of(batch.rows)
    return batch.adding(POSE_WINDOWS.name, window_parts(filmed)).adding(POSE_SESSIONS.name, session_parts(filmed))


FLOW = Flow(build, {POSE_WINDOWS.name: merged_windows, POSE_SESSIONS.name: merged_sessions})
"""What an epoch's batches come to: one row a window, and one a repetition and phase of a session."""
