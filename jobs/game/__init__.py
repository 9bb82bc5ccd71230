"""Game telemetry's jobs: outlines of models, exports of what is not in the tables yet, and what becomes of both."""

from control.models import OUTLINE
from jobs.game.blobs import BLOBS
from jobs.game.erased import ERASES, WITHDRAWS
from jobs.game.export import export_waiting
from jobs.game.outline import outline_model
from jobs.lane import Lane
from jobs.work import Kind
from schemas.game.exports import EXPORT

KINDS = (Kind(OUTLINE, outline_model, Lane.ASSEMBLY), Kind(EXPORT, export_waiting, Lane.ASSEMBLY))

__all__ = ["BLOBS", "ERASES", "KINDS", "WITHDRAWS"]
