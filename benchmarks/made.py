"""A data folder with many events of six days in its tables, made through the real log, flow and upkeep, and kept.

Kept in the folder that KINELAKE_BENCH_FOLDER names and used again for half a day: later its first sessions would leave
the seven days that are asked for. Runs that add events of their own leave them there: few beside the made ones.
"""

import asyncio
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.backlog import TOPIC, backlog, now_us
from benchmarks.service import role
from control.organisations import subject_of
from event_log import Record, open_publisher
from jobs.compact import compact_all
from jobs.settle import settle_all
from kinelake.balance import Balance, balance, position
from kinelake.example.geo import write_geo_database
from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation, opened
from kinelake.role import now
from schemas.shared.times import SECOND_US

DAYS = 6
QUIET_US = 3 * 3_600 * SECOND_US
"""The last session is over and may be settled."""
GOOD_FOR_SECONDS = 12 * 3_600
CHUNK = 50_000
GEO = "geo.mmdb"
MARK = "made"


class Unbalanced(Exception):
    """Events were lost, or are there twice."""


@contextmanager
def bench_folder() -> Iterator[Path]:
    """Where measurements keep what they make: KINELAKE_BENCH_FOLDER, else a folder that goes with the run."""
    named = os.environ.get("KINELAKE_BENCH_FOLDER")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named).absolute()
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def environment(folder: Path) -> Mapping[str, str]:
    """What the roles need to see example countries."""
    path = folder / GEO
    return {"KINELAKE_GEO_DATABASE": str(path if path.exists() else write_geo_database(path))}


def made(events: int, folder: Path) -> Path:
    """The data folder with about that many events, all settled that may be."""
    data = folder / f"{events}-events"
    mark = data / MARK
    if mark.exists() and time.time() - mark.stat().st_mtime < GOOD_FOR_SECONDS:
        return data
    shutil.rmtree(data, ignore_errors=True)
    began = time.perf_counter()
    with opened(data=data) as installation:
        with role(["flow", TOPIC], data, os.sched_getaffinity(0), environment(folder)):
            written = asyncio.run(_publish(installation, events))
            print(f"{written:,} messages on the log after {time.perf_counter() - began:.0f} s", flush=True)
            until_caught_up(installation)
        print(f"in the tables after {time.perf_counter() - began:.0f} s", flush=True)
        print(settle_all(installation.lake, now()), flush=True)
        compact_all(installation.lake, threading.Event())
    mark.write_text(f"{written}\n")
    print(f"{data.name} made in {time.perf_counter() - began:.0f} s", flush=True)
    return data


async def _publish(installation: Installation, events: int) -> int:
    """All of the traffic, straight to the log; returns the number of messages."""
    key = installation.control.organisations.ensure(ORGANISATION).key
    installation.log.ensure_topic(TOPIC)
    messages = backlog(events, now_us() - QUIET_US, lambda name: subject_of(key, name), DAYS)
    records = (Record(*message) for message in messages)
    written = 0
    publisher = open_publisher(installation.settings.log_url, installation.settings)
    try:
        while chunk := list(islice(records, CHUNK)):
            await publisher.publish(TOPIC, chunk)
            written += len(chunk)
    finally:
        await publisher.close()
    return written


def until_caught_up(installation: Installation) -> Balance:
    """Until everything on the log is in the tables; the sum then. Raises Unbalanced where it is not zero."""
    while sum(_lag(installation)) > 0:
        time.sleep(1)
    found = balance(installation, position(installation, TOPIC))
    if found.balance:
        raise Unbalanced(str(found))
    return found


def _lag(installation: Installation) -> Iterator[int]:
    at = position(installation, TOPIC)
    return (end - at.committed[partition] for partition, end in at.ends.items())
