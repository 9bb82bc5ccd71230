"""The embedded log: bytes on disk an event, what writing and reading it costs, what expiring and erasing takes.

    python -m benchmarks.log_size [--quick]

Messages of the example traffic go straight to a new log, from the tasks of one event loop, as fast as they are taken:
those of single posts, of requests of 20 events of one session, and of 100 of four; then single ones at a rate. The
floor is what they are before compression: keys, values and clients. CPU is that of the whole process.
"""

import argparse
import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import uvloop

from benchmarks.backlog import TOPIC, backlog, now_us
from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish, percentile
from event_log import LogOptions, Publisher, Record, open_admin, open_publisher, open_reader
from event_log.embedded.database import path_of
from schemas.shared.message import LINE_END
from tests.kit.gathered import gathered

EVENTS, QUICK_EVENTS = 200_000, 20_000
ITEMS = {1: 1, 20: 20, 100: 25}
"""Of each message, by the events of a request."""
TASKS = 64
RATE, SECONDS, QUICK_SECONDS = 3_000, 20, 2
MOST_READ = 10_000
MOST_BYTES, MOST_P99_MS = 300, 10
MOST_LEFT = 0.2
"""Of the file, once everything on it has expired: a tenth of it stays free for what comes next, each time."""
FAR = datetime(2999, 1, 1, tzinfo=UTC)

Requests = Sequence[Sequence[Record]]


class OneLog:
    """A log of its own. Nothing of it is open between two calls, so that its file holds all of it."""

    def __init__(self, path: Path) -> None:
        self.options = LogOptions(log_url=f"sqlite:///{path}")
        with closing(open_admin(self.options.log_url, self.options)) as admin:
            admin.ensure_topic(TOPIC)

    def write(self, requests: Requests, rate: float | None = None) -> tuple[float, list[float]]:
        """CPU seconds, and the seconds of each publish from when it was due; `rate` in requests per second."""
        return uvloop.run(self._write(requests, rate))

    def read(self) -> float:
        """CPU seconds for all of it."""
        ends, cpu = self._ends(), time.process_time()
        left = sum(ends.values())
        with closing(open_reader(self.options.log_url, TOPIC, dict.fromkeys(ends, 0), self.options)) as reader:
            while left > 0:
                left -= len(reader.poll(MOST_READ, 1))
        return time.process_time() - cpu

    def blank(self, subject: bytes) -> float:
        """Seconds for the messages of one person."""
        began = time.perf_counter()
        with closing(open_admin(self.options.log_url, self.options)) as admin:
            admin.blank(TOPIC, lambda key, value: subject in value, [subject])
        return time.perf_counter() - began

    def expire(self) -> float:
        """Seconds for everything."""
        ends, began = self._ends(), time.perf_counter()
        with closing(open_admin(self.options.log_url, self.options)) as admin:
            admin.expire(TOPIC, FAR, ends)
        return time.perf_counter() - began

    def size(self) -> int:
        """Bytes of the file."""
        return path_of(self.options.log_url).stat().st_size

    def _ends(self) -> dict[int, int]:
        with closing(open_admin(self.options.log_url, self.options)) as admin:
            return admin.end_offsets(TOPIC)

    async def _write(self, requests: Requests, rate: float | None) -> tuple[float, list[float]]:
        publisher = open_publisher(self.options.log_url, self.options)
        took: list[float] = []
        began, cpu = time.perf_counter(), time.process_time()
        due = (began + number / rate if rate else 0 for number in range(len(requests)))
        work = zip(requests, due, strict=True)
        await asyncio.gather(*(_work(publisher, work, took) for _ in range(TASKS)))
        cpu = time.process_time() - cpu
        await publisher.close()
        return cpu, took


async def _work(publisher: Publisher, work: Iterator[tuple[Sequence[Record], float]], took: list[float]) -> None:
    for request, due in work:
        begin = due or time.perf_counter()
        if (wait := begin - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        await publisher.publish(TOPIC, request)
        took.append(time.perf_counter() - begin)


def messages(events: int) -> list[Record]:
    """Of single posts."""
    made = backlog(events, now_us(), lambda name: hashlib.sha256(name.encode()).hexdigest(), days=1)
    return [Record(*each) for each in islice(made, events)]


def requests_of(singles: Sequence[Record], events: int) -> Requests:
    """As many whole requests of that many events as the messages make."""
    items = ITEMS[events]
    records, each = list(gathered(singles, items)), events // items
    return [records[first : first + each] for first in range(0, len(records) - each + 1, each)]


def by_size(path: Path, singles: Sequence[Record], events: int) -> Iterator[Figure]:
    """A log of requests of so many events."""
    requests, log = requests_of(singles, events), OneLog(path)
    count, name = len(requests) * events, f"requests of {events}"
    cpu, _ = log.write(requests)
    handed = sum(len(part) for request in requests for record in request for part in record)
    yield Figure(f"{name}, as they are (floor)", round(handed / count), "bytes an event")
    yield Figure(f"{name}, on disk", round(log.size() / count), "bytes an event", MOST_BYTES, at_most=True)
    yield Figure(f"{name}, written", round(1e6 * cpu / count, 2), "µs CPU an event")
    yield Figure(f"{name}, read", round(1e6 * log.read() / count, 2), "µs CPU an event")
    if events == 1:
        yield from shrinking(log, requests[0][0], count)


def shrinking(log: OneLog, record: Record, count: int) -> Iterator[Figure]:
    """That person erased, then everything expired."""
    subject: str = json.loads(record.value.split(LINE_END)[0])["subject"]
    yield Figure(f"one person erased from {count:,} messages", round(log.blank(subject.encode()), 3), "s")
    before = log.size()
    yield Figure(f"{count:,} messages expired", round(log.expire(), 3), "s")
    yield Figure("of the file, once everything expired", round(log.size() / before, 3), "", MOST_LEFT, at_most=True)


def at_a_rate(path: Path, singles: Sequence[Record], seconds: float) -> Iterator[Figure]:
    """How long single posts' messages take until they are durable, when they come evenly."""
    requests = [[record] for record in singles[: int(RATE * seconds)]]
    _, took = OneLog(path).write(requests, RATE)
    for percent, bar in ((50, None), (99, MOST_P99_MS), (100, None)):
        value = percentile(took, percent)
        yield Figure(f"requests of 1, {RATE:,} a second: p{percent}", value, "ms", bar, at_most=True)


def main() -> None:
    """Every size of request, then the rate; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few events, to see that it works")
    quick = parser.parse_args().quick
    singles = messages(QUICK_EVENTS if quick else EVENTS)
    with bench_folder() as named, tempfile.TemporaryDirectory(dir=named) as folder:
        figures = [figure for each in ITEMS for figure in by_size(Path(folder) / f"{each}.db", singles, each)]
        figures += at_a_rate(Path(folder) / "rate.db", singles, QUICK_SECONDS if quick else SECONDS)
    finish("log_size", figures, {}, quick)


if __name__ == "__main__":
    main()
