"""Example error reports: what went wrong for the people of the media traffic while they watched."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

import msgspec
import numpy as np

from kinelake.example.delivery import delivered
from kinelake.example.ids import sown, uuids
from kinelake.example.media.traffic import Watched, planned
from kinelake.example.taken import messages_of
from kinelake.example.traffic import ClientEvent, Example, Plan
from schemas.errors import STREAM

SHARE: Final = 0.04
"""Reports for each event of a plan: most goes well."""

_TRACE: Final = """{error}: {message}
    at fetchSegment (https://clinic.example/assets/player.js:2:{column})
    at Player.load (https://clinic.example/assets/player.js:2:{line})"""

KINDS: Final[tuple[tuple[float, Mapping[str, Any]], ...]] = (
    (0.4, {"error_type": "video_error", "error_code": "EXAMPLE_MEDIA_ERR_NETWORK", "feature_name": "video_player",
           "error_message": "Failed to load video segment 4 of {media}"}),
    (0.2, {"error_type": "video_error", "error_code": "EXAMPLE_MEDIA_ERR_DECODE", "feature_name": "video_player",
           "error_message": "The decoder gave up"}),
    (0.2, {"error_type": "api_error", "error_code": "504", "feature_name": "treatment_plan",
           "error_message": "GET /plan?patient={person}@clinic.example timed out"}),
    (0.1, {"error_type": "api_error", "error_code": "401", "feature_name": "login",
           "error_message": "Refused: Authorization: Bearer example.{person}"}),
    (0.1, {"error_type": "javascript_error", "feature_name": "progress_chart",
           "error_message": "Cannot read properties of undefined (reading 'weeks')"}),
)  # fmt: skip
"""Share → what a report of that kind says; two of them hold what masking takes out."""


class ErrorsTraffic:
    """Reports ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._count = max(1, round(plan.events * SHARE))
        self._watched = planned(plan).watched()

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival, in order."""
        return delivered(self.plan.seed, ((each.arrived, (each,)) for each in self._reports()))

    def _reports(self) -> list[ClientEvent]:
        random = Random(f"errors:{self.plan.seed}")
        ids = uuids(sown("errors", self.plan.seed, self.plan.start), np.arange(self._count))
        chosen = [random.choice(self._watched) for _ in ids]
        reports = [_report(random, watched, event_id) for event_id, watched in zip(ids, chosen, strict=True)]
        return sorted(reports, key=lambda report: report.arrived)


def _report(random: Random, watched: Watched, event_id: str) -> ClientEvent:
    """One report from somewhere within the session."""
    (said,) = random.choices([kind for _, kind in KINDS], [share for share, _ in KINDS])
    passed = random.randrange(max(1, watched.ended - watched.began)) // 1000 * 1000
    names = {"media": watched.title.media_id, "person": watched.person.name}
    body = {name: text.format(**names) for name, text in said.items()}
    where = {"line": random.randrange(1_000, 99_999), "column": random.randrange(1_000, 99_999)}
    measured = {
        "media_id": watched.title.media_id,
        "media_position_seconds": passed / 1e6,
        "response_time_ms": round(watched.person.place.network.startup_ms * random.lognormvariate(1, 0.6)),
        "memory_usage_mb": round(random.lognormvariate(5.4, 0.4), 1),
        "cpu_usage_percent": round(random.uniform(5, 100), 1),
        "stack_trace": _TRACE.format(error=said["error_type"], message=body["error_message"], **where),
    }
    ids = {"event_id": event_id, "session_id": watched.session_id}
    return ClientEvent(watched.began + passed, watched.person, msgspec.json.encode(ids | body | measured))


TRAFFIC = (
    Example[ErrorsTraffic](
        STREAM,
        ErrorsTraffic,
        messages=messages_of(STREAM),
        share=SHARE,
        notebook="notebooks/telemetry.ipynb",
    ),
)
