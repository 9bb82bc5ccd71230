"""Flows that do not run, as their process tells in its heartbeats: for `status` and readiness, wherever they are."""

from collections.abc import Mapping

from control.store import Control
from kinelake.faults import FlowsInTrouble
from kinelake.role import now

TROUBLES = "flows_in_trouble"
"""The part of a heartbeat that tells of them: name → reason."""

ROLES = frozenset(("flow", "flows"))
"""The first word of a process that runs flows."""


def flows_in_trouble(control: Control) -> Mapping[str, str]:
    """The streams whose flow does not run in a process that is alive, and why."""
    alive = [beat for beat in control.heartbeats.list(now()) if beat.alive]
    return {name: reason for beat in alive for name, reason in beat.detail.get(TROUBLES, {}).items()}


def check_flows(control: Control) -> None:
    """Raises FlowsInTrouble, naming every one and its reason; or that no process at all runs flows."""
    troubles = flows_in_trouble(control)
    if troubles:
        raise FlowsInTrouble("; ".join(f"{name}: {reason}" for name, reason in troubles.items()))
    if not any(beat.alive and beat.role.split()[0] in ROLES for beat in control.heartbeats.list(now())):
        raise FlowsInTrouble(
            "no process runs flows: what is accepted waits on the log, and who reads what they wrote gets 503; "
            "`kinelake up` or `kinelake flows` starts them"
        )
