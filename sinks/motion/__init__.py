"""The motion tables at rest."""

from schemas.motion.tables import MOTION_ANGLES, MOTION_METRICS, MOTION_PHASES, MOTION_THREADS

__all__ = ["PLACED"]

PLACED = frozenset({MOTION_METRICS.name, MOTION_PHASES.name, MOTION_THREADS.name, MOTION_ANGLES.name})
"""Tables whose rows are each made of one row of motion_sessions or motion_landmarks, whose place on the log they have.
"""
