"""`kinelake up`: every role as a process of its own on this machine, and what the terminal says meanwhile."""

import signal
import threading
from pathlib import Path

from kinelake.data_folder import DataFolder
from kinelake.example.geo import write_geo_database
from kinelake.installation import Installation
from kinelake.logs import configure_logs
from kinelake.metrics_folder import MetricsFolder
from kinelake.settings import Effective, Settings, variable
from kinelake.supervisor import Child, Supervisor, start_role
from web.listening import require_free
from web.options import development

START_TICK_SECONDS = 0.1
TICK_SECONDS = 0.5
"""Once all is ready there is less to look after."""
EXAMPLE_SECONDS = 600
PORT_PATIENCE_SECONDS = 2.0
"""A role that a killed `up` left lets go of its port sooner."""
CONTRACT_PORTS = (8081, 4000)
"""Where the examples of two contracts look for capture's analytics and for the game family."""
QUIET = {"log_level": "warning", "access_log": "false"}
"""The roles' own lines leave room for what `up` has to say, unless the settings ask for more."""


def run(effective: Effective, with_example: bool) -> None:
    """Runs until SIGTERM or Ctrl-C, then drains; raises what keeps the roles from starting."""
    settings = effective.settings
    configure_logs(settings.log_level, settings.log_format, "up")
    development(settings)
    folder = DataFolder(settings.data).prepare()
    stopping = _stopped_by_signals()
    with folder.locked():
        # before a role has started, which takes each of them seconds of a processor
        require_free(settings.host, settings.port, PORT_PATIENCE_SECONDS)
        _run(Installation(effective), folder, stopping, with_example)


def children() -> list[Child]:
    """The roles of one machine: three processes, whatever the number of streams."""
    return [Child(name, [name]) for name in ("web", "flows", "worker")]


def _run(installation: Installation, folder: DataFolder, stopping: threading.Event, with_example: bool) -> None:
    metrics = MetricsFolder(folder.run / "metrics")
    environment = {**child_environment(installation.effective), **metrics.made_new()}
    if with_example and installation.settings.geo_database is None:
        environment[variable("geo_database")] = str(write_geo_database(folder.run / "example.mmdb"))
    supervisor = Supervisor(children(), start_role(environment), gone=lambda child: metrics.forget(child.name))
    tick_seconds = START_TICK_SECONDS
    try:
        supervisor.tick()
        # the roles start while this process reads what it needs only to tell of them
        from kinelake.news import News

        news = News(installation, with_example=with_example)
        while not stopping.is_set():
            supervisor.tick()
            url = news.tick(supervisor.reports())
            if url is not None:
                # a free port was taken: should the web role be started again, it takes the same one
                environment[variable("port")] = url.rpartition(":")[2]
                tick_seconds = TICK_SECONDS
            if url is not None and with_example:
                _play_once(supervisor, url, folder.path / "example-played")
            stopping.wait(tick_seconds)
    finally:
        supervisor.end(installation.settings.drain_seconds)
        installation.close()


def child_environment(effective: Effective) -> dict[str, str]:
    """What the roles need to see the settings as this process does: the command line's as variables."""
    given = {name for name, origin in effective.origins.items() if origin == "command line"}
    variables = {variable(name): str(getattr(effective.settings, name)) for name in {"data", *given}}
    quiet = {variable(name): value for name, value in QUIET.items() if effective.origins[name] == "default"}
    return {**quiet, **_further_ports(effective.settings), **variables}


def _further_ports(settings: Settings) -> dict[str, str]:
    """The contracts' ports, unless the settings speak of ports themselves or want any that is free."""
    if settings.further_ports is not None or settings.port == 0:
        return {}
    ports = [port for port in CONTRACT_PORTS if port != settings.port]
    return {variable("further_ports"): ",".join(map(str, ports))}


def _play_once(supervisor: Supervisor, url: str, marker: Path) -> None:
    """Example data belongs to the first start: a folder that has it gets no more."""
    if not marker.exists():
        marker.touch()
        arguments = ["example", "--url", url, "--seconds", str(EXAMPLE_SECONDS)]
        supervisor.add(Child("example", arguments, once=True))


def _stopped_by_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
