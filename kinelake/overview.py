"""What the dashboard's home page shows of the whole installation: `kinelake status`, without any counts of rows."""

from kinelake.installation import Installation
from kinelake.status import status
from query_api.dashboard.overview import FlowHealth, Overview, RoleHealth


def overview(installation: Installation) -> Overview:
    """The installation now; what does not answer is among the problems."""
    found = status(installation)
    sums = {each.stream: each for each in found.sums}
    flows = [
        FlowHealth(
            stream=flow.stream,
            freshness_seconds=flow.freshness_seconds,
            lag=flow.lag,
            in_flight=sums[flow.stream].in_flight,
            unaccounted=sums[flow.stream].balance,
        )
        for flow in found.flows
        if flow.stream in sums
    ]
    roles = [RoleHealth(role.role, role.instance, role.alive, role.seen_at) for role in found.roles]
    return Overview(found.at, flows, roles, found.problems)
