"""The motion flows: films and frames → their tables, with what was found in a row each.

motion_sessions → motion_metrics, motion_phases, motion_threads; motion_landmarks → motion_angles.
"""

import bytewax.operators as op

from flows.conveyor.batch import Batch
from flows.motion.findings import with_findings
from flows.steps.head import Batches, Flow
from flows.steps.standard import Steps
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.tables import MOTION_ANGLES
from sinks.motion.parts import angles_of


def sessions(batches: Batches, steps: Steps) -> Batches:
    """Films and their analyses, and what these found."""
    return op.map("findings", batches, with_findings)
    # Batch: tables["motion_metrics"], tables["motion_phases"], tables["motion_threads"] beside the rows


def landmarks(batches: Batches, steps: Steps) -> Batches:
    """Frames, and their angles."""
    return op.map("angles", batches, with_angles)
    # Batch: tables["motion_angles"] beside the rows


def with_angles(batch: Batch) -> Batch:
    """The same frames with their angles in a row each."""
    if batch.rows.is_empty():
        return batch
    return batch.with_rows(batch.rows.drop(LANDMARKS.log_only)).adding(MOTION_ANGLES.name, angles_of(batch.rows))


FLOWS = {SESSIONS.name: Flow(sessions), LANDMARKS.name: Flow(landmarks)}
