"""The geo database is exchanged while a flow runs under load: nothing is lost, doubled or held up."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

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
"""Between two requests: some 2,000 events a second, or what the machine stores of them."""
MOST_AHEAD = 2_000
"""Events that are received and not yet in the table."""
FRESH_SECONDS = 2.0
"""Within which 95 of 100 events are in the table, from being received, or within a few times what half of them take."""


class Watched:
    """Notes what is committed, how long after it was received, and whether the flow has caught up with its start."""

    def __init__(self) -> None:
        self.countries = set[str]()
        self.seconds: list[float] = []
        self.fresh = False
        self._commits: list[datetime] = []

    def committed(self, batches: Sequence[Batch]) -> None:
        now, received = utc_now(), [at for batch in batches for at in batch.rows["received_at"]]
        for batch in batches:
            self.countries.update(batch.rows["country_code"].drop_nulls().unique())
        self.seconds += [(now - at).total_seconds() for at in received]
        # what came in while one commit was made is in the next one
        self.fresh = len(self._commits) > 1 and bool(received) and min(received) > self._commits[-2]
        self._commits.append(now)

    def progress(self, progress: Progress) -> None:
        """Nothing to note."""


def test_a_newer_database_counts_without_a_restart_and_no_event_is_lost_or_late(tmp_path: Path) -> None:
    run, watched = Run(tmp_path, STREAM), Watched()
    blobs = BlobOptions(blobs_url=str(tmp_path / "blobs"))
    install(run, blobs, tmp_path, COUNTRIES[0])
    places = Places(run.control, run.options, blobs, poll_seconds=0.1)
    with flowing(run, watched, places):
        with loading(run, watched) as sent:
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
    seconds = watched.seconds[started:]
    assert quantiles(seconds, n=20)[-1] <= max(FRESH_SECONDS, 4 * median(seconds))


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
def loading(run: Run, watched: Watched) -> Iterator[list[str]]:
    """Events come in meanwhile; the ids of those that were accepted."""
    accepted: list[str] = []
    stopping = threading.Event()

    def load() -> None:
        while not stopping.wait(PAUSE_SECONDS):
            if len(accepted) - len(watched.seconds) > MOST_AHEAD:
                continue
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
