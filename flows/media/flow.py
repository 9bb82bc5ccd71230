"""The media flow: playback events → media_events, session states, usage."""

import bytewax.operators as op

from flows.media.sessions import Sessions
from flows.steps.head import Batches, Flow
from flows.steps.standard import Steps
from schemas.media.sessions import MEDIA_SESSION_STATES
from schemas.media.usage import MEDIA_USAGE
from sinks.media.folding.usage import added_up
from sinks.media.whole import newest


def build(batches: Batches, steps: Steps) -> Batches:
    """Sessions folded, and what they add to the minutes."""
    return op.map("sessions", batches, Sessions.of(steps))
    # Batch: tables["media_session_states"], tables["media_usage"] beside the rows


FLOW = Flow(build, {MEDIA_SESSION_STATES.name: newest, MEDIA_USAGE.name: added_up})
"""One state a session, one row a minute and dimension."""
