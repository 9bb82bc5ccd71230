"""Messages that are none, and clocks that are wrong.

| what happens | outcome |
|---|---|
| A message of random bytes lies on the log | It becomes a dead letter with its bytes (`undecodable`); everything around it is stored. |
| The client's clock is two days ahead | 400 that names `timestamp`, unless the client sends `sent_at`. |
| The client's clock is two days ahead and it sends `sent_at` | 202; `occurred_at` is corrected, `client_occurred_at` keeps what the client said. |
"""  # noqa: E501

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from event_log import Record, open_publisher
from schemas.media.events import STREAM
from schemas.shared.times import microseconds, text
from tests.kit.site import Site, event

DAYS = timedelta(days=2)


pytestmark = pytest.mark.xdist_group("messages and clocks")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that runs."""
    site = Site(tmp_path_factory.mktemp("site") / "data")
    with site.role("web"), site.role("flow"):
        yield site


def test_random_bytes_on_the_log_become_a_dead_letter_and_the_flow_goes_on(site: Site) -> None:
    # without a line's end: it would be several letters, one a line
    noise = os.urandom(500).replace(b"\n", b"")
    site.caught_up()
    before = site.rows().height
    assert site.post(event()).status_code == 202
    publish(site, Record(b"", noise))
    assert site.post(event()).status_code == 202
    site.caught_up()
    assert site.rows().height == before + 2
    (letter,) = site.rows("dead_letters").iter_rows(named=True)
    assert (letter["value"], letter["stage"], letter["reason"]) == (noise, "decode", "undecodable")


def test_a_clients_clock_two_days_ahead_is_refused_by_the_name_of_the_field(site: Site) -> None:
    answer = site.post(event(timestamp=written(datetime.now(UTC) + DAYS)))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["timestamp"]


def test_a_clients_clock_two_days_ahead_is_corrected_by_what_it_says_when_it_sends(site: Site) -> None:
    before = datetime.now(UTC)
    ahead = written(before + DAYS)
    sent = event(timestamp=ahead, sent_at=ahead)
    assert site.post(sent).status_code == 202
    site.caught_up()
    (row,) = site.rows().filter(pl.col("event_id") == sent["event_id"]).iter_rows(named=True)
    assert before <= row["occurred_at"] <= datetime.now(UTC)
    assert written(row["client_occurred_at"]) == ahead


def publish(site: Site, *records: Record) -> None:
    async def published() -> None:
        options: Any = site.effective.settings
        publisher = open_publisher(options.log_url, options)
        await publisher.publish(STREAM.name, records)
        await publisher.close()

    asyncio.run(published())


def written(at: datetime) -> str:
    return text(microseconds(at))
