"""The geo database is exchanged while a flow runs under load: nothing is lost, doubled or held up."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import quantiles

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from event_log import Record
from flows.conveyor.batch import Batch
from flows.conveyor.sink import Progress
from flows.run import Wiring, conveyed, utc_now, wired
from flows.steps.places import Places
from jobs.maxmind.archive import described
from schemas.media.events import STREAM
from tests.kit.cases import Run, record
from tests.kit.maxmind import RO, mmdb
from tests.kit.running import waiting
from tests.kit.site import event

COUNTRIES = ("RO", "IT", "FR", "DE")
EVENTS_AT_ONCE = 100
PAUSE_SECONDS = 0.05
"""Between two requests: some 2,000 events a second."""
FRESH_SECONDS = 2.0
"""Within which 95 of 100 events are in the table, from being received."""


class Watched:
    """Notes what is committed, how long after it was received, and whether the flow has caught up with its start."""

    def __init__(self) -> None:
        self.countries = set[str]()
        self.seconds: list[float] = []
        self.fresh = False

    def committed(self, batches: Sequence[Batch]) -> None:
        now, known = utc_now(), len(self.seconds)
        for batch in batches:
            self.countries.update(batch.rows["country_code"].drop_nulls().unique())
            self.seconds += [(now - at).total_seconds() for at in batch.rows["received_at"]]
        self.fresh = max(self.seconds[known:], default=FRESH_SECONDS) < FRESH_SECONDS / 2

    def progress(self, progress: Progress) -> None:
        """Nothing to note."""


def test_a_newer_database_counts_without_a_restart_and_no_event_is_lost_or_late(tmp_path: Path) -> None:
    run, watched = Run(tmp_path, STREAM), Watched()
    blobs = BlobOptions(blobs_url=str(tmp_path / "blobs"))
    install(run, blobs, tmp_path, COUNTRIES[0])
    places = Places(run.control, run.options, blobs, poll_seconds=0.1)
    with flowing(run, watched, places):
        with loading(run) as sent:
            waiting(lambda: watched.fresh)
            started = len(watched.seconds)
            for country in COUNTRIES[1:]:
                install(run, blobs, tmp_path, country)
                waiting(partial(watched.countries.__contains__, country))
        waiting(lambda: len(watched.seconds) >= len(sent))
    rows = run.rows(STREAM.primary.name)
    assert rows.height == rows["event_id"].n_unique() == len(sent)
    assert set(rows["event_id"]) == set(sent)
    assert set(rows["country_code"]) == set(COUNTRIES)
    assert quantiles(watched.seconds[started:], n=20)[-1] <= FRESH_SECONDS


def install(run: Run, blobs: BlobOptions, folder: Path, country: str) -> None:
    """Puts a database in force as the update job does."""
    file = folder / f"{country}.mmdb"
    mmdb(file, {RO: country})
    BlobStore(str(blobs.blobs_url)).put(f"geo/{country}.mmdb", file)
    run.control.geo.install(described(file), "0" * 64, f"geo/{country}.mmdb")


@contextmanager
def flowing(run: Run, watched: Watched, places: Places) -> Iterator[None]:
    """The flow runs meanwhile, and until all is committed."""
    stopping = threading.Event()
    ends = (run.options, run.control, watched, stopping.is_set, utc_now)
    flow = wired(run.stream, replace(Wiring((0, 1), run.log, run.tables, *ends), places=places.current))
    thread = threading.Thread(target=conveyed, args=(flow, run.options))
    places.start()
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        places.stop()


@contextmanager
def loading(run: Run) -> Iterator[list[str]]:
    """Events come in meanwhile; the ids of those that were accepted."""
    accepted: list[str] = []
    stopping = threading.Event()

    def load() -> None:
        while not stopping.wait(PAUSE_SECONDS):
            events = [event() for _ in range(EVENTS_AT_ONCE)]
            run.publish([received(run, events, utc_now())])
            accepted.extend(body["event_id"] for body in events)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        yield accepted
    finally:
        stopping.set()
        thread.join()


def received(run: Run, bodies: Sequence[Mapping[str, object]], now: datetime) -> Record:
    """One request's message."""
    return record(run.stream, {"received_at": now.isoformat(), "address": "203.0.113.9", "bodies": bodies})
