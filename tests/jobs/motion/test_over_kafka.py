"""A film over HTTP, the worker and the flows on a real Kafka: its analysis is in the tables, and read over HTTP."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from sinks.motion.rebuilt import rebuilt
from tests.kit.films import BALANCER
from tests.kit.motion.clips import clip
from tests.kit.motion.studio import FLOWS, WORKER, Studio
from tests.servers import Kafka

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.xdist_group("kafka")]

FRAMES = 60


def test_a_film_is_analysed_and_read_by_way_of_kafka(kafka: Kafka, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "data", log_url=f"{kafka.url}?topic_prefix={tmp_path.name}.")
    film = clip(BALANCER, tmp_path / "film.mp4", FRAMES)
    with ExitStack() as roles:
        for role in ("web", WORKER, FLOWS):
            roles.enter_context(studio.site.role(role))
        ended = studio.ended(studio.upload(film, "/mobility-assessment/sessions/", exercise="Overhead Squat"))
        assert (ended.status, ended.error) == ("done", None)
        rows = studio.stored(ended.id)
        told = studio.get(f"/mobility-assessment/sessions/{ended.id}/")
    assert rows.landmarks["frame_number"].sort().to_list() == list(range(FRAMES))
    assert rebuilt(rows) is not None
    assert (told.status_code, told.json()["status"], len(told.json()["all_timestamps"])) == (200, "done", FRAMES)
