"""What a stream adds to the dashboard: pages of its own, and a panel of the home page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from web.tenancy import RouteSpec

Panel: TypeAlias = Callable[[str], Awaitable[str]]
"""Organisation → HTML that is safe as it stands."""


@dataclass(frozen=True)
class Part:
    """Routes below /dashboard, and what the home page shows of the stream."""

    routes: Sequence[RouteSpec]
    panel: Panel
