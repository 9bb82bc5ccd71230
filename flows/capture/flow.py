"""The capture flows: sessions, events and chunks → their tables, click cells and what each session has of them."""

import bytewax.operators as op

from flows.capture.counts import chunks_counted, events_counted
from flows.capture.positions import positions
from flows.steps.head import Batches, Flow
from flows.steps.standard import Steps
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.capture.parts import merged_cells, merged_session_chunks, merged_session_events


def events(batches: Batches, steps: Steps) -> Batches:
    """Events with their places in their sessions, where they clicked, and what they bring to their sessions."""
    batches = op.map("positions", batches, positions(steps))
    # Batch: rows with their position
    return op.map("counts", batches, events_counted)
    # Batch: tables["capture_click_cells"], tables["capture_session_events"] beside the rows


def chunks(batches: Batches, steps: Steps) -> Batches:
    """Chunks, and what they bring to their sessions."""
    return op.map("counts", batches, chunks_counted)
    # Batch: tables["capture_session_chunks"] beside the rows


FLOWS = {
    SESSIONS.name: Flow(),
    EVENTS.name: Flow(
        events, {CAPTURE_CLICK_CELLS.name: merged_cells, CAPTURE_SESSION_EVENTS.name: merged_session_events}
    ),
    CHUNKS.name: Flow(chunks, {CAPTURE_SESSION_CHUNKS.name: merged_session_chunks}),
}
