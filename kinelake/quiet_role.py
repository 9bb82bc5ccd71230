"""The frame of a role without HTTP routes: metrics and health on a port of their own when one is asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kinelake.installation import Installation
from kinelake.logs import configure_logs
from kinelake.metrics_server import Check, metrics_server
from kinelake.role import Role, running
from schemas.shared.stream import streams


@contextmanager
def quiet_role(installation: Installation, name: str, supervised: bool) -> Iterator[Role]:
    """The role while the block runs."""
    settings = installation.settings
    configure_logs(settings.log_level, settings.log_format, name)
    with (
        running(name, installation.control, supervised) as role,
        metrics_server(settings.metrics_host, settings.metrics_port, checks(installation)),
    ):
        yield role


def checks(installation: Installation) -> Mapping[str, Check]:
    """What a flow and a worker need: name → what raises while it is missing."""
    return {
        "log": lambda: [installation.log.end_offsets(stream) for stream in streams()],
        "control": installation.control.ping,
        "tables": installation.location.check,
    }
