"""Capture from its contract's own commands to its tables: what was answered 2xx is there, once."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from schemas.shared.times import parsed
from tests.kit.capture import event, png
from tests.kit.capture_contract import MISSING, PAGE, PICTURE, Said, examples, run
from tests.kit.chunks import encoded, plain, shown
from tests.kit.contract import shape
from tests.kit.running import waiting
from tests.kit.shop import Shop
from tests.servers import Kafka

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGE, reason=MISSING),
    pytest.mark.kafka,
    pytest.mark.xdist_group("kafka"),
    pytest.mark.timeout(300),
]

INIT, BELOW = "POST /v1/sessions/init", "POST /v1/sessions/${SESSION_ID}"
CHUNKS, EVENTS, COMPLETE = f"{BELOW}/chunks", f"{BELOW}/events", f"{BELOW}/complete"


@pytest.fixture(scope="module")
def shop(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The roles run on Kafka while the module's tests do; on the embedded log they are killed (tests/chaos)."""
    made = Shop(tmp_path_factory.mktemp("shop") / "data", log_url=f"{kafka.url}?topic_prefix=capture")
    with made.running():
        yield made


@pytest.fixture(scope="module")
def answers(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Said]:
    """What the contract's commands that write were answered, one after the other."""
    folder = tmp_path_factory.mktemp("curl")
    (folder / PICTURE).write_bytes(png())
    shown = examples()
    begun = run(shown[INIT], shop.base, folder, shop.key)
    session = begun.body["session_id"]
    rest = {
        name: run(shown[name], shop.base, folder, shop.key, SESSION_ID=session) for name in (CHUNKS, EVENTS, COMPLETE)
    }
    return {INIT: begun, **rest}


@pytest.mark.parametrize(("name", "status"), [(INIT, 201), (CHUNKS, 200), (EVENTS, 200), (COMPLETE, 200)])
def test_a_command_of_the_contract_is_answered_as_it_shows(answers: Mapping[str, Said], name: str, status: int) -> None:
    said, shown = answers[name], examples()[name].response
    assert (said.status, list(said.body), shape(said.body)) == (status, list(shown), shape(shown))
    if name != INIT:
        assert said.body == shown


def test_the_session_expires_an_hour_after_it_began(answers: Mapping[str, Said], shop: Shop) -> None:
    shop.caught_up()
    said = answers[INIT].body
    of_it = (pl.col("session_id") == said["session_id"]) & (pl.col("event_type") == "session_initiated")
    begun = shop.rows("capture_sessions").row(by_predicate=of_it, named=True)
    expires = datetime.fromtimestamp(parsed(said["expires_at"]) / 1e6, UTC)
    assert timedelta(0) <= begun["occurred_at"] + timedelta(hours=1) - expires < timedelta(seconds=1)


def test_what_was_answered_is_in_the_tables(answers: Mapping[str, Said], shop: Shop) -> None:
    session = answers[INIT].body["session_id"]
    with httpx.Client(base_url=shop.base, headers={"X-API-Key": shop.key}, timeout=30) as client:
        for number in range(3):
            late = client.post(f"/v1/sessions/{session}/events", json={"events": [event(number), event(number)]})
            assert late.json() == {"count": 2}
    shop.caught_up()
    events = shop.rows("capture_events")
    assert events["position"].to_list() == list(range(1, 9))
    assert events["interaction"].to_list()[:2] == ["click", "input"]
    assert set(events["project_id"]) == {shop.project_id}
    assert shop.rows("capture_sessions")["event_type"].to_list() == ["session_initiated", "session_completed"]
    assert shop.rows("capture_chunks")["chunk_index"].to_list() == [0]
    shop.blobs()


def test_control_says_how_far_the_log_must_be_in_the_tables(answers: Mapping[str, Said], shop: Shop) -> None:
    session = answers[INIT].body["session_id"]
    shop.caught_up()
    with shop.site.installation() as installation:
        written = installation.control.written.of(f"session:{session}")
        for stream in ("capture_sessions", "capture_events", "capture_chunks"):
            passed = installation.tables.offsets(stream, stream, list(written[stream]))
            assert passed == written[stream]


def test_a_session_becomes_a_video_that_its_link_hands_out(shop: Shop, tmp_path: Path) -> None:
    pictures = [encoded(plain(colour)) for colour in ((230, 20, 20), (20, 20, 230))]
    with httpx.Client(base_url=shop.base, headers={"X-API-Key": shop.key}, timeout=30) as client:
        begun = {"user_id": "zoe", "capture_mode": "video", "metadata": {"fps": 2}}
        path = f"/v1/sessions/{client.post('/v1/sessions/init', json=begun).json()['session_id']}"
        for index, picture in enumerate(pictures):
            sent = client.post(f"{path}/chunks", files={"chunk": picture}, headers={"X-Chunk-Index": str(index)})
            assert sent.status_code == 200, sent.text
        assert client.get(f"{path}/video").status_code == 404, "nobody asked for one yet"
        client.post(f"{path}/complete")
        assert client.get(f"{path}/video").status_code == 202
        with shop.site.role("worker --lane assembly"):
            waiting(lambda: client.get(f"{path}/video").status_code == 302)
        shop.caught_up()
        link = client.get(f"{path}/video").headers["Location"]
        assert client.get(path).json()["session"]["video_path"] is not None
    answer = httpx.get(f"{shop.base}{link}", headers={"Range": "bytes=0-"}, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (206, "video/mp4")
    (tmp_path / "video.mp4").write_bytes(answer.content)
    assert [begin for begin, _ in shown(tmp_path / "video.mp4")] == [0, 0.5]


def test_the_largest_request_is_one_message_and_reaches_the_table(shop: Shop) -> None:
    with httpx.Client(base_url=shop.base, headers={"X-API-Key": shop.key}, timeout=60) as client:
        begun = client.post("/v1/sessions/init", json={"user_id": "zoe", "capture_mode": "events"})
        session = begun.json()["session_id"]
        # every quote of a payload is two bytes on the log
        events = [event(number, payload={"quotes": '"' * 30_000}) for number in range(130)]
        answer = client.post(f"/v1/sessions/{session}/events", json={"events": events})
    assert answer.json() == {"count": 130}
    shop.caught_up()
    rows = shop.rows("capture_events").filter(pl.col("session_id") == session)
    assert rows["position"].to_list() == list(range(1, 131))
    assert rows["log_offset"].n_unique() == 1
    assert rows["payload"].str.len_bytes().min() == len('{"quotes":""}') + 60_000
