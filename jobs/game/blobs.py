"""Which of game telemetry's files are referred to: models and outlines of them by control, exports by their jobs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from jobs.blobs import Blobs
from jobs.lake import Lake
from schemas.game.exports import FOLDER

MODELS: Final = "models"


def live_models(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those that control knows."""
    return lake.control.models.blobs(names)


def live_exports(lake: Lake, names: Sequence[str], now: datetime) -> Collection[str]:
    """Those of jobs that can still be looked up."""
    jobs = {name.removeprefix(f"{FOLDER}/").partition("/")[0] for name in names}
    known = {job for job in jobs if lake.control.jobs.get(int(job)) is not None}
    return [name for name in names if name.removeprefix(f"{FOLDER}/").partition("/")[0] in known]


BLOBS = (Blobs(MODELS, (), live_models), Blobs(FOLDER, (), live_exports))
