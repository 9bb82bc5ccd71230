"""Game telemetry on one core: a Kafka backlog of trajectories into Delta, and the gateway; the load on the other core.

    python -m benchmarks.game [--quick] [--only flow|gateway]

Trajectories of the backlog have 100 samples, those that the gateway takes 300. The floor of the flow reads the same
backlog, parses it and appends the same rows of samples, with nothing in between; that of the gateway is the server
alone.
"""

import argparse
import itertools
import math
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from confluent_kafka import Producer

from benchmarks.backlog import now_us
from benchmarks.client import Outcome, Request, run_load
from benchmarks.flow import flow
from benchmarks.gateway import LOAD_CORES, SERVER_CORES, counted_items
from benchmarks.measure import Measured, in_process
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, floor, role
from control.applications import Application
from event_log import LogOptions, Record, open_admin, partition_of
from ingest_gateway.game.reading import Reading
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake
from kinelake.applications import new_tokens
from kinelake.installation import opened
from kinelake.settings import derived
from schemas.game import STREAM
from schemas.game.tables import APP_COLUMN
from schemas.shared.requests import NO_HEAD
from schemas.shared.times import moment
from schemas.shared.validation import EventValidator
from web.caller import Caller, Role

STORED_SAMPLES, SENT_SAMPLES = 100, 300
PLAYERS, SENT_BODIES = 500, 2000
CONNECTIONS: Final = 32
LEAST_STORED, LEAST_SINGLES, LEAST_SENT = 2_000_000, 5_000, 1_000_000
LIMITS: Final = {"KINELAKE_INGEST_RATE_LIMIT_REQUESTS": "10000", "KINELAKE_PORT": "0"}
encoded: Final = msgspec.msgpack.encode


@dataclass(frozen=True)
class Plan:
    """Trajectories of the backlog, seconds of each load."""

    trajectories: int = 100_000
    seconds: float = 10
    warm_up: float = 6


QUICK = Plan(trajectories=5_000, seconds=2, warm_up=6)


def trajectory(app: str, number: int, samples: int, at_us: int) -> dict[str, Any]:
    """A player's walk of some seconds, other than everybody else's."""
    drawn = np.random.default_rng(number)
    angles = drawn.uniform(0, math.tau) + drawn.normal(0, 0.2, samples).cumsum()
    x, z = (drawn.uniform(-500, 500) + step.cumsum() for step in (np.cos(angles), np.sin(angles)))
    return {
        **_whose(app, number),
        "status": "Gameplay",
        "input_method": "Gamepad",
        "fps": {"mean": 60 + float(drawn.random()), "low_5": 55, "low_1": 30},
        "positions": np.stack([x, np.zeros(samples), z], axis=1).ravel().tolist(),
        "timestamp_start": moment(at_us).isoformat(),
        "timestamp_end": moment(at_us + 5_000_000).isoformat(),
    }


def jump(app: str, number: int, at_us: int) -> dict[str, Any]:
    """A gameplay event."""
    drawn = random.Random(number)
    return {
        **_whose(app, number),
        "event_name": "Player_Jump",
        "level_id": f"Level_{number % 7}",
        "position": [drawn.uniform(-500, 500), 0.0, drawn.uniform(-500, 500)],
        "custom_data": {"weapon": "Sword", "ammo": number % 30},
        "input_method": "Gamepad",
        "timestamp": moment(at_us).isoformat(),
    }


def _whose(app: str, number: int) -> dict[str, str]:
    player = number % PLAYERS
    return {
        "app_id": app,
        "build_id": "Win64_Shipping_1.0.2",
        "player_id": f"player-{player}",
        "session_id": f"session-{player:036d}",
    }


def records(app: str, count: int) -> Iterator[Record]:
    """Trajectories as the gateway publishes them, each in a request of its own."""
    now = now_us()
    reading, validator, ids = Reading(730), EventValidator(STREAM), TimeOrderedIds()
    head = NO_HEAD._replace(fields={APP_COLUMN.name: app})
    for number in range(count):
        caller = _caller(app, f"{number % PLAYERS:064x}")
        intake = Intake(Admission(STREAM, caller), validator, ids, None, now, head)
        (read,) = reading(encoded(trajectory(app, number, STORED_SAMPLES, now)), now)
        yield intake.whole([intake.taken(read.event)])


def _caller(app: str, subject: str) -> Caller:
    return Caller(
        tenant="benchmark", subject=subject, user_id="", role=Role.SYSTEM, consent_level=2, consent_source="default",
        gpc=False, client_ip="81.2.69.160", user_agent="UnityPlayer/2022.3", request_id="request", trusted=False,
        project_id=app,
    )  # fmt: skip


def fill(bootstrap: str, options: LogOptions, plan: Plan) -> Mapping[int, int]:
    """Puts the backlog on Kafka; where each partition ends."""
    admin = open_admin(options.log_url, options)
    admin.ensure_topic(STREAM.name, STREAM.max_record_bytes)
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 200_000, "linger.ms": 50})
    for key, value, client in records("72ab8f81-ef36-4712-a046-399a62b9afaa", plan.trajectories):
        partition = partition_of(key, options.partitions)
        while True:
            try:
                producer.produce(STREAM.name, value, key, partition=partition, headers=[("client", client)])
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()
    return admin.end_offsets(STREAM.name)


def samples_floor(ready: Callable[[], None], log_url: str, tables: str, ends: Mapping[int, int]) -> dict[str, Any]:
    """Consume, parse, append the samples; nothing in between."""
    import polars as pl

    from event_log import open_reader
    from flows.conveyor.sink import COMMIT_BYTES, COMMIT_SECONDS
    from flows.conveyor.source import LogPartition
    from flows.run import utc_now
    from flows.steps.decode import Decode
    from schemas.game.tables import GAME_SAMPLES
    from sinks.delta_sink import DeltaSink
    from sinks.game.parts import samples_of, whole
    from sinks.location import Location
    from sinks.options import SinkOptions

    log = LogOptions(log_url=log_url)
    sink = DeltaSink(Location(tables), [GAME_SAMPLES], "floor", list(ends), SinkOptions(tables_url=tables))
    sink.open()
    source = LogPartition(open_reader(log_url, STREAM.name, sink.offsets(), log), utc_now, lambda: False)
    decode = Decode(STREAM, utc_now)
    ready()
    total, began, pending, offsets = 0, now_us(), list[pl.DataFrame](), dict[int, int]()
    while total < sum(ends.values()):
        for poll in source.next_batch():
            if len(poll.fetched):
                pending.append(samples_of(whole(decode(poll).rows)))
                offsets.update(poll.next_offsets)
                total += len(poll.fetched)
        due = now_us() - began >= COMMIT_SECONDS * 1e6 or total == sum(ends.values())
        if pending and (due or sum(rows.estimated_size() for rows in pending) >= COMMIT_BYTES):
            sink.commit({GAME_SAMPLES.name: pl.concat(pending)}, offsets, {})
            began, pending, offsets = now_us(), [], {}
    return {"events": total}


def stored(folder: Path, plan: Plan) -> list[Figure]:
    """The flow over a backlog, and its floor."""
    from tests.servers.kafka import Kafka

    (folder / "kafka").mkdir(parents=True)
    broker = Kafka(folder / "kafka", heap=1024, flags=())
    broker.start()
    try:
        options = LogOptions(log_url=broker.url)
        ends = fill(broker.bootstrap, options, plan)
        bare = in_process(samples_floor, options.log_url, str(folder / "floor"), ends, cores=SERVER_CORES).measured()
        tables = str(folder / "flow")
        run = in_process(flow, options.log_url, tables, (0, 1), ends, STREAM.name, None, cores=SERVER_CORES).measured()
    finally:
        broker.stop()
    what = f"stored of trajectories of {STORED_SAMPLES}"
    return [
        Figure(f"{what}, floor", _positions(bare), "positions/s"),
        Figure(what, _positions(run), "positions/s", LEAST_STORED),
        Figure(f"{what}, per core-second", round(run.result["events"] * STORED_SAMPLES / run.cpu), "positions"),
        Figure(f"{what}, of the floor", round(100 * _positions(run) / _positions(bare)), "%"),
        Figure(f"{what}, memory", round(run.anonymous), "MiB"),
    ]


def _positions(run: Measured) -> int:
    events: int = run.result["events"]
    return round(events * STORED_SAMPLES / run.wall)


class Load(NamedTuple):
    """What came of it, the server's CPU-seconds, and how many requests it took, with those of the warm-up."""

    outcome: Outcome
    cpu: float
    taken: int


def taken(folder: Path, plan: Plan) -> list[Figure]:
    """Single events, then trajectories, and what the bare server takes of the same requests."""
    data = folder / "gateway"
    application, token = _application(data)
    singles = _requests(token, (jump(application.id, number, now_us()) for number in range(SENT_BODIES)), 1)
    walks = (trajectory(application.id, number, SENT_SAMPLES, now_us()) for number in range(SENT_BODIES))
    moving = _requests(token, walks, SENT_SAMPLES)
    with floor("bare", folder / "bare", SERVER_CORES) as bare:
        bares = [_most(bare, ready, plan) for ready in (singles, moving)]
    with role(["gateway"], data, SERVER_CORES, LIMITS) as service:
        found = [_most(service, ready, plan) for ready in (singles, moving)]
    counted_items("game", str(derived(data)["log_url"]), STREAM.name, sum(load.taken for load in found))
    return [
        *_figures("single events", "events/s", bares[0].outcome, found[0], LEAST_SINGLES),
        *_figures(f"positions in requests of {SENT_SAMPLES}", "positions/s", bares[1].outcome, found[1], LEAST_SENT),
    ]


def _figures(what: str, unit: str, bare: Outcome, load: Load, least: float) -> list[Figure]:
    outcome, cpu, _ = load
    rate, most = outcome.events[200] / outcome.seconds, bare.events[202] / bare.seconds
    return [
        Figure(f"{what}, floor", round(most), unit),
        Figure(what, round(rate), unit, least),
        Figure(f"{what}, per core-second", round(outcome.events[200] / cpu), unit.partition("/")[0]),
        Figure(f"{what}, of the floor", round(100 * rate / most), "%"),
        Figure(f"{what}, p99", percentile(outcome.latencies, 99), "ms"),
    ]


def _most(service: Service, ready: list[Request], plan: Plan) -> Load:
    """What is answered of requests that are sent as fast as answers come, once the server has loaded what it needs."""
    before = run_load(service.url, itertools.cycle(ready), CONNECTIONS, plan.warm_up)
    cpu = service.cpu()
    outcome = run_load(service.url, itertools.cycle(ready), CONNECTIONS, plan.seconds)
    return Load(outcome, service.cpu() - cpu, before.answers[200] + outcome.answers[200])


def _application(data: Path) -> tuple[Application, str]:
    """A new one of a new organisation, and its public token."""
    with opened(data=data) as installation:
        installation.control.organisations.ensure("benchmark")
        made = installation.control.applications.create("benchmark", "game", 2)
        return made, new_tokens(installation, made)["public"]


def _requests(token: str, items: Iterator[dict[str, Any]], counted: int) -> list[Request]:
    head = f"POST /api/events HTTP/1.1\r\nHost: benchmark\r\nx-public-token: {token}\r\n"
    head += "Content-Type: application/msgpack\r\nContent-Length: "
    return [Request(f"{head}{len(body)}\r\n\r\n".encode() + body, counted) for body in map(encoded, items)]


def main() -> None:
    """The flow, then the gateway; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--only", choices=("flow", "gateway"), help="one of the two")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        for kind, measure in (("flow", stored), ("gateway", taken)):
            if arguments.only in (None, kind):
                figures += measure(Path(name) / kind, plan)
    finish("game", figures, {"at": now_us()}, arguments.quick or arguments.only is not None)


if __name__ == "__main__":
    main()
