"""What looks into films before the gateway takes them, which itself knows nothing of films."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def film_refusal(film: Path, request: Mapping[str, Any]) -> str | None:
    """Why a film is not taken that is to be analysed so; None where it is. Raises ProbeDied."""
    # only who is sent a film loads what reads one
    from jobs.video.faults import VideoRefused
    from jobs.video.probe import probe
    from motion.request import Request

    try:
        probe(film, Request.model_validate(request))
    except VideoRefused as refused:
        return refused.message
    return None
