"""One gateway process on one core, embedded log: requests of 10 CMCD records by a public write key.

    python -m benchmarks.cmcd [--quick]

Records look like those that hls.js, dash.js and Shaka send, each is another one, and a request is of one session, of
which there are many at a time. The load is on the other core; the floor reads the same requests and answers. Then one
request comes again and again, as of a player that repeats whatever it is answered. At the end the log holds the events
of what was answered, once.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from itertools import count, islice, repeat
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.backlog import now_us
from benchmarks.client import Outcome, Request, run_load
from benchmarks.gateway import BATCH_CONNECTIONS, LOAD_CORES, QUICK, SERVER_CORES, Plan, events_on
from benchmarks.report import Figure, finish
from benchmarks.service import Service, floor, role
from kinelake.installation import opened
from kinelake.settings import derived
from kinelake.write_keys import create_write_key
from schemas.media.events import STREAM

RECORDS: Final = 10
SESSIONS: Final = 2_000
"""At a time, as they report: each again after all others."""
LEAST_RECORDS: Final = 40_000
MOST_REPEAT_US: Final = 40
NO_BUDGETS: Final = {
    "KINELAKE_WRITE_KEY_REQUESTS_PER_MINUTE": "100000000",
    "KINELAKE_WRITE_KEY_ITEMS_PER_MINUTE": "1000000000",
    "KINELAKE_PORT": "0",
}
SHAPES: Final = (
    'cid="film-1",e=t,sf=d,sid="{sid}",sn={sn},st=v,sta=p,ts={ts},v=2\n',
    'bl=({bl}),br=(768),cid="film-1",e=t,mtp=({mtp}),sf=h,sid="{sid}",sn={sn},st=v,sta=p,ts={ts},v=2\n',
    'br=(764),cid="film-1",e=t,sf=d,sid="{sid}",sn={sn},st=v,sta=p,ts={ts},v=2\n',
    'ab=(700;v 64;a),bl=({bl};v 7800;a),br=(700;v 64;a),cid="film-1",e=ps,lab=(200;v 64;a),mtp=({mtp};v 8100;a),'
    'pb=(700;v 64;a),sf=d,sid="{sid}",sn={sn},st=v,sta=p,tab=(700;v 64;a),tb=(700;v 64;a),tpb=(700;v 64;a),'
    "ts={ts},v=2\n",
    'bl=({bl}),br=(768),cid="film-1",e=ps,mtp=({mtp}),sf=h,sid="{sid}",sn={sn},st=v,sta=a,ts={ts},v=2\n',
    'br=(764),cid="film-1",e=ps,sf=d,sid="{sid}",sn={sn},st=v,sta=r,ts={ts},v=2\n',
    'cid="film-1",e=t,sf=d,sid="{sid}",sn={sn},st=v,sta=r,ts={ts},v=2\n',
    'bl=({bl}),br=(768),cid="film-1",e=ps,mtp=({mtp}),sf=h,sid="{sid}",sn={sn},st=v,sta=p,ts={ts},v=2\n',
    'br=(764),cid="film-1",e=ps,sf=d,sid="{sid}",sn={sn},st=v,sta=k,ts={ts},v=2\n',
    'bl=({bl}),br=(768),cid="film-1",e=bc,mtp=({mtp}),sf=h,sid="{sid}",sn={sn},st=v,sta=r,ts={ts},v=2\n',
)
"""One of each in a request: the reports of intervals, and of changes of state."""
EVENTS: Final = 16
"""That they become."""


def requests(key: str, first: int) -> Iterator[Request]:
    """The reports of sessions in turn, without end; `first` is the number of the first request of a load."""
    head = f"POST /v1/cmcd/{key} HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/cmcd\r\nContent-Length: "
    begun = now_us() // 1000 - 60_000
    for number in count(first):
        sid = UUID(int=number % SESSIONS)
        body = "".join(
            shape.format(
                sid=sid, sn=10 * number + place, ts=begun + place, bl=100 * (number % 99), mtp=100 * (number % 977)
            )
            for place, shape in enumerate(SHAPES)
        )
        yield Request(f"{head}{len(body)}\r\n\r\n{body}".encode(), RECORDS)


def fastest(service: Service, key: str, plan: Plan, first: int) -> tuple[Outcome, float, int]:
    """As fast as they are answered; the server's CPU-seconds meanwhile, and how many were answered 2xx in all."""
    before = _load(service, islice(requests(key, first), int(plan.warm_up * plan.batches * 10)), plan.warm_up)
    ready = list(islice(requests(key, first + 10**9), int(plan.seconds * plan.batches * 10)))
    cpu = service.cpu()
    outcome = _load(service, iter(ready), plan.seconds)
    return outcome, service.cpu() - cpu, (before.good + outcome.good) // RECORDS


def _load(service: Service, sent: Iterator[Request], seconds: float) -> Outcome:
    return run_load(service.url, sent, BATCH_CONNECTIONS, seconds)


def floors(folder: Path, plan: Plan) -> Figure:
    """The server alone."""
    with floor("bare", folder / "bare", SERVER_CORES) as service:
        outcome, _, _ = fastest(service, "kpk_nobody", plan, 0)
    return Figure("floor (bare), most", round(outcome.good / outcome.seconds), "records/s")


def gateway(folder: Path, plan: Plan) -> list[Figure]:
    """The gateway; the log must hold what it answered."""
    data = folder / "embedded"
    with opened(data=data) as installation:
        installation.control.organisations.ensure("benchmark")
        key = create_write_key(installation, "benchmark", 2)[1]
    with role(["gateway"], data, SERVER_CORES, NO_BUDGETS) as service:
        outcome, cpu, answered = fastest(service, key, plan, 0)
        again, repeats_cpu = _repeated(service, key, plan)
    held = events_on(str(derived(data)["log_url"]), STREAM.name)
    assert held >= answered * EVENTS, f"{answered * EVENTS} events were answered for, the log holds {held}"
    return [
        Figure("requests of 10 records, most", round(outcome.good / outcome.seconds), "records/s", LEAST_RECORDS),
        Figure("requests of 10 records, per core-second of the server", round(outcome.good / cpu), "records"),
        Figure(
            "the same request again, of the server", round(1e6 * repeats_cpu / again, 1), "µs", MOST_REPEAT_US, True
        ),
        Figure("events on the log for an event answered for", round(held / (answered * EVENTS), 4), ""),
    ]


def _repeated(service: Service, key: str, plan: Plan) -> tuple[int, float]:
    """How often one request was answered, and the server's CPU-seconds for it."""
    cpu = service.cpu()
    outcome = _load(service, repeat(next(requests(key, 2 * 10**9))), plan.seconds)
    return outcome.good // RECORDS, service.cpu() - cpu


def main() -> None:
    """Prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    quick = parser.parse_args().quick
    plan = QUICK if quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        figures = [floors(Path(name), plan), *gateway(Path(name), plan)]
    finish("cmcd", figures, {}, quick)


if __name__ == "__main__":
    main()
