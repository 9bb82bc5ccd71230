"""What a batch of events or chunks brings to click cells and to its sessions' counts.

Nothing is remembered: parts of one cell or session that several batches bring add up, in whatever order.
"""

from flows.conveyor.batch import Batch
from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.capture.parts import cells_of, session_chunks, session_events


def events_counted(batch: Batch) -> Batch:
    """The same events, with their clicks and what they bring to their sessions."""
    if batch.rows.is_empty():
        return batch
    clicked = batch.adding(CAPTURE_CLICK_CELLS.name, cells_of(batch.rows))
    return clicked.adding(CAPTURE_SESSION_EVENTS.name, session_events(batch.rows))


def chunks_counted(batch: Batch) -> Batch:
    """The same chunks, with what they bring to their sessions."""
    if batch.rows.is_empty():
        return batch
    return batch.adding(CAPTURE_SESSION_CHUNKS.name, session_chunks(batch.rows))
