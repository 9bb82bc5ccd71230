"""Game telemetry from its contract's own program and examples to its tables: what was answered 2xx is there, once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import polars as pl
import pytest

from kinelake.applications import example_token
from tests.kit.game_contract import MISSING, PAGE, items, program
from tests.kit.running import waiting
from tests.kit.site import Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGE, reason=MISSING),
    pytest.mark.xdist_group("game contract"),
    pytest.mark.timeout(300),
]

SHOWN = datetime(2026, 2, 12, 10, tzinfo=UTC)
KINDS = {
    "Player Identity (Create_Player)": "player",
    "Funnel Step": "funnel",
    "Gameplay Event": "gameplay",
    "Realtime Trajectory": "realtime",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Web and flows in development, with the application that the contract's program names."""
    made = Site(tmp_path_factory.mktemp("game") / "data", ingest_rate_limit_requests=100, event_max_age_days=36_500)
    with made.installation() as installation:
        example_token(installation)
    with made.role("web"), made.role("flows"):
        yield made


@pytest.fixture(scope="module")
def sent(site: Site) -> Site:
    """Its program ran, and each of its examples was sent, by the token that the program names."""
    base = f"http://127.0.0.1:{site.port}"
    written = program(base)
    ran = subprocess.run([sys.executable, "-c", written], capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout == '200 {"status":"queued"}\n', ran.stderr
    headers = {"x-public-token": "YOUR_PUBLIC_TOKEN", "content-type": "application/msgpack"}
    for item in items().values():
        answer = httpx.post(f"{base}/api/events", content=msgspec.msgpack.encode(item), headers=headers, timeout=30)
        assert (answer.status_code, answer.text) == (200, '{"status":"queued"}')
    return site


def test_the_page_has_an_example_of_every_kind() -> None:
    assert items().keys() == KINDS.keys()


@pytest.fixture(scope="module")
def stored(sent: Site) -> pl.DataFrame:
    """The rows of game_events once all are there; the other tables have theirs before."""
    waiting(lambda: sent.rows("game_events").height > len(KINDS))
    return sent.rows("game_events")


def test_each_comes_into_the_table_once(stored: pl.DataFrame) -> None:
    assert sorted(stored["event_type"]) == sorted([*KINDS.values(), "gameplay"])
    jump = items()["Gameplay Event"]
    its = (pl.col("event_type") == "gameplay") & (pl.col("occurred_at") == SHOWN)
    shown = stored.row(by_predicate=its, named=True)
    assert [shown["x"], shown["y"], shown["z"]] == jump["position"]
    assert json.loads(shown["custom_data"]) == jump["custom_data"]


def test_its_trajectory_has_a_row_a_sample(sent: Site, stored: pl.DataFrame) -> None:
    rows = sent.rows("game_samples").sort("sample")
    assert rows.select("x", "y", "z").to_numpy().ravel() == pytest.approx(items()["Realtime Trajectory"]["positions"])
    assert list(rows["occurred_at"]) == [SHOWN + timedelta(seconds=2.5 * sample) for sample in range(3)]
