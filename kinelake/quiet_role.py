"""The frame of a role without HTTP routes: metrics and health on a port of their own when one is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kinelake.installation import Installation
from kinelake.logs import configure_logs
from kinelake.metrics_server import Check, metrics_server
from kinelake.role import Role, running


@contextmanager
def quiet_role(installation: Installation, name: str, supervised: bool, own: Mapping[str, Check]) -> Iterator[Role]:
    """The role while the block runs; `own` is what it needs beside control and tables.

    Under `kinelake up` its metrics are at the web role's address; a port of its own would be taken by its siblings.
    """
    settings = installation.settings
    configure_logs(settings.log_level, settings.log_format, name)
    port = None if supervised else settings.metrics_port
    with (
        running(name, installation.control, supervised) as role,
        metrics_server(settings.metrics_host, port, {**own, **shared_checks(installation)}),
    ):
        yield role


def shared_checks(installation: Installation) -> dict[str, Check]:
    """What a flow and a worker need: name → what raises while it is missing."""
    return {"control": installation.control.ping, "tables": installation.location.check}


def log_check(installation: Installation, names: Sequence[str]) -> dict[str, Check]:
    """That the log answers for these streams."""
    return {"log": lambda: [installation.log.end_offsets(name) for name in names]}
