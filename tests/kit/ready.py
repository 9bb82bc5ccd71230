"""When a whole system is ready: readiness asks within seconds, which a busy machine may take for something else."""

import httpx

from control.store import Control
from schemas.shared.stream import streams
from tests.kit.running import Up, waiting


def ready(url: str) -> httpx.Response:
    """What readiness says once it is 200."""
    return waiting(lambda: said if (said := httpx.get(f"{url}/health/ready", timeout=60)).is_success else None)


def all_flows_run(running: Up) -> bool:
    """Whether every flow has said how far it is, and none tells of trouble."""
    control = Control.open(f"sqlite:///{running.data}/control.db")
    try:
        told = all(control.watermarks.read(name) for name in streams())
    finally:
        control.close()
    return told and "notices" not in ready(running.url).json()
