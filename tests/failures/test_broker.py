"""The broker is away for a while.

| what happens | outcome |
|---|---|
| Kafka does not answer | Events get 503 with `Retry-After` after at most `KINELAKE_PUBLISH_TIMEOUT_SECONDS`; the flow waits and does not end. |
| Kafka is back | Events are taken again without a restart of anything; all that was acknowledged is in the tables once, what got a 503 at most once, and once after a retry with its id. |
"""  # noqa: E501

from pathlib import Path
from uuid import uuid4

from tests.kit.running import waiting
from tests.kit.site import Site, event
from tests.servers import Kafka


def test_while_the_broker_is_away_events_get_503_and_nothing_acknowledged_is_lost(kafka: Kafka, tmp_path: Path) -> None:
    site = Site(tmp_path / "data", log_url=f"{kafka.url}?topic_prefix={uuid4().hex}.", publish_timeout_seconds=1)
    first = event()
    before, during, after = [[event() for _ in range(20)] for _ in range(3)]
    with site.role("web"), site.role("flow") as flow:
        # the producer's first connection may take longer than a second, and so may anything on a busy machine
        waiting(lambda: site.post(first).status_code == 202)
        waiting(lambda: site.post(*before).status_code == 202)
        site.caught_up()
        kafka.kill()
        for each in during[:3]:
            answer = site.post(each)
            assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        assert site.get("/health/ready") == 503
        assert site.get("/health/live") == 200
        kafka.start()
        waiting(lambda: site.post(*during).status_code == 202)
        waiting(lambda: site.post(*after).status_code == 202)
        site.caught_up()
        assert flow.poll() is None
    assert sorted(site.rows()["event_id"]) == sorted(each["event_id"] for each in [first, *before, *during, *after])
