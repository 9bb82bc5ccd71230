"""One role per process, for many machines: `kinelake gateway`, `flow`, `flows`, `worker`, `query`."""

import re
from typing import Annotated, Any

import typer

from jobs.lane import Lane
from kinelake.commands.options import Data, Supervised

Host = Annotated[str | None, typer.Option("--host", help="Address to bind to.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to bind to; 0 takes a free one.")]
MetricsPort = Annotated[
    int | None,
    typer.Option("--metrics-port", min=0, max=65535, help="Serve /metrics and /health there; 0 takes a free port."),
]

Split = Annotated[
    str, typer.Option("--split", metavar="I/N", help="This process's share of the partitions: 0/2 and 1/2 are halves.")
]


def gateway(data: Data = None, host: Host = None, port: Port = None, supervised: Supervised = False) -> None:
    """HTTP in: authenticates, validates, puts events on the log."""
    _serve("gateway", data=data, host=host, port=port, supervised=supervised)


def query(data: Data = None, host: Host = None, port: Port = None, supervised: Supervised = False) -> None:
    """HTTP out: answers from the tables."""
    _serve("query", data=data, host=host, port=port, supervised=supervised)


def web(data: Data = None, host: Host = None, port: Port = None, supervised: Supervised = False) -> None:
    """Gateway and query in one process on one port, as `kinelake up` runs them."""
    _serve("web", data=data, host=host, port=port, supervised=supervised)


def flow(
    name: Annotated[str, typer.Argument(help="The stream, such as media.")],
    split: Split = "0/1",
    data: Data = None,
    metrics_port: MetricsPort = None,
    supervised: Supervised = False,
) -> None:
    """Log to tables: one stream's flow, or one of N shares of it."""
    from kinelake.flow_role import run_flow
    from kinelake.installation import opened

    share = split_of(split)
    with opened(data=data, metrics_port=metrics_port) as installation:
        run_flow(installation, name, share, supervised)


def flows(
    names: Annotated[list[str] | None, typer.Argument(help="The streams; by default all.", show_default=False)] = None,
    split: Split = "0/1",
    data: Data = None,
    metrics_port: MetricsPort = None,
    supervised: Supervised = False,
) -> None:
    """Log to tables: the flows of several streams in one process, as `kinelake up` runs them, or one of N shares."""
    from kinelake.flow_role import run_flows
    from kinelake.installation import opened

    share = split_of(split)
    with opened(data=data, metrics_port=metrics_port) as installation:
        run_flows(installation, names or [], share, supervised)


def worker(
    lane: Annotated[
        list[Lane] | None,
        typer.Option("--lane", help="Only this lane's jobs; may be given again. All by default."),
    ] = None,
    data: Data = None,
    metrics_port: MetricsPort = None,
    supervised: Supervised = False,
) -> None:
    """Jobs: settles, compacts, vacuums, deletes what is too old, expires the embedded log."""
    from kinelake.installation import opened
    from kinelake.worker_role import run_worker

    with opened(data=data, metrics_port=metrics_port) as installation:
        run_worker(installation, supervised, lane or tuple(Lane))


def split_of(text: str) -> tuple[int, int]:
    """I/N with 0 ≤ I < N; anything else is wrong use."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    index, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if index >= count:
        raise typer.BadParameter(
            "write I/N with I from 0 to N−1, such as 0/2 and 1/2 for two processes", param_hint="--split"
        )
    return index, count


def _serve(role: str, *, supervised: bool, **command_line: Any) -> None:
    from kinelake.http_roles import run_web
    from kinelake.installation import opened

    with opened(**command_line) as installation:
        run_web(installation, role, supervised)
