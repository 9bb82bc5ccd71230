"""The role that runs one stream's flow, or a share of it."""

from event_log import LogOptions
from flows import run as flow
from flows.conveyor.options import FlowOptions
from kinelake.catalogue import refuse_unknown_stream
from kinelake.installation import Installation
from kinelake.quiet_role import quiet_role
from sinks.options import SinkOptions


def run_flow(installation: Installation, name: str, split: tuple[int, int], supervised: bool) -> None:
    """Runs a stream's flow until it is told to stop.

    Raises:
        UnknownFlow: no such stream.
        KinelakeError: what ended the flow; whoever started the process starts it again.
    """
    refuse_unknown_stream(name)
    settings = installation.settings
    index, count = split
    role_name = f"flow {name}" if count == 1 else f"flow {name} {index}/{count}"
    with quiet_role(installation, role_name, supervised) as role:
        installation.log.ensure_topic(name)
        role.started()
        flow.run(
            name,
            split,
            settings.room(LogOptions),
            settings.room(SinkOptions),
            installation.control,
            settings.room(FlowOptions),
            role.stopping,
        )
