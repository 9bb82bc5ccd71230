"""The roles that run flows: one stream's, or a share of it, and the flows of one machine in one process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from blob_store.options import BlobOptions
from event_log import LogOptions
from flows import run as flow
from flows.conveyor.options import FlowOptions
from flows.conveyor.watermarks import WatermarkWriter
from flows.host import Host, Started
from flows.steps.places import Places
from kinelake.backoff import Backoff
from kinelake.catalogue import refuse_unknown_stream
from kinelake.drained import ready_log, ready_tables
from kinelake.installation import Installation
from kinelake.quiet_role import log_check, quiet_role
from kinelake.role import Role
from kinelake.troubles import TROUBLES
from schemas.shared.stream import streams
from sinks.options import SinkOptions


def run_flow(installation: Installation, name: str, split: tuple[int, int], supervised: bool) -> None:
    """Runs a stream's flow until it is told to stop.

    Raises:
        UnknownFlow: no such stream.
        KinelakeError: what ended the flow; whoever started the process starts it again.
    """
    refuse_unknown_stream(name)
    with quiet_role(installation, _named(f"flow {name}", split), supervised, log_check(installation, [name])) as role:
        ready_log(installation, streams()[name])
        with _process(installation, role) as process:
            role.started()
            flow.run(name, split, process, lambda: None)


def run_flows(installation: Installation, names: Sequence[str], split: tuple[int, int], supervised: bool) -> None:
    """Runs the flows of these streams, of all when none is named, or a share of each, until it is told to stop.

    Raises:
        UnknownFlow: no such stream.
        Terminal: what ended the last flow, when none can go on.
    """
    for name in names:
        refuse_unknown_stream(name)
    wanted = list(dict.fromkeys(names or streams()))
    host = Host(wanted, Backoff, lambda troubles: role.tell(**{TROUBLES: troubles}))
    own = {f"flow {name}": partial(host.check, name) for name in wanted}
    with (
        quiet_role(
            installation, _named("flows", split), supervised, {**log_check(installation, wanted), **own}
        ) as role,
        _process(installation, role) as process,
    ):
        role.started()
        host.run({name: partial(_hosted, installation, process, name, split) for name in wanted}, role.stopping)


def _named(role: str, split: tuple[int, int]) -> str:
    index, count = split
    return role if count == 1 else f"{role} {index}/{count}"


def _hosted(
    installation: Installation, hosting: flow.Hosting, name: str, split: tuple[int, int], started: Started
) -> None:
    ready_log(installation, streams()[name])
    flow.run(name, split, hosting, started)


@contextmanager
def _process(installation: Installation, role: Role) -> Iterator[flow.Hosting]:
    """What the flows of this process share, tables among them; at the end the last watermarks are written."""
    ready_tables(installation)
    settings = installation.settings
    watermarks = WatermarkWriter(installation.control)
    places = Places(installation.control, settings.room(FlowOptions), settings.room(BlobOptions))
    rooms = settings.room(LogOptions), settings.room(SinkOptions), settings.room(FlowOptions)
    hosting = flow.Hosting(*rooms, installation.control, watermarks, role.stopping, settings.room, places.current)
    watermarks.start()
    places.start()
    try:
        yield hosting
    finally:
        hosting.close()
        places.stop()
        watermarks.stop()
