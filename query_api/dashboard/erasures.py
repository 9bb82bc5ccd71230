"""The organisation's erasures: how far each is, and what went from which table. Nobody is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from control.erasures import Erasure
from query_api.answers import Stores
from query_api.dashboard.shell import page
from schemas.shared.scopes import INGEST_KEY, SESSION, reach_of
from web.caller import Caller, Role, at_least
from web.tenancy import RouteSpec, route

PATH: Final = "/dashboard/erasures"
NEWEST: Final = 50


@dataclass(frozen=True)
class Erasures:
    """The route of the page."""

    stores: Stores

    def routes(self) -> list[RouteSpec]:
        """One."""
        return [route(PATH, self._answer, roles=at_least(Role.ADMIN))]

    async def _answer(self, request: Request, caller: Caller) -> Response:
        rows = await self.stores.threaded(partial(self._rows, caller.tenant))
        return page(request, caller, "erasures.html.j2", title="Erasures", rows=rows, most=NEWEST)

    def _rows(self, tenant: str) -> Sequence[Mapping[str, Any]]:
        names = {project.id: project.name for project in self.stores.control.projects.list()}
        found = self.stores.control.erasures.of_tenant(tenant, NEWEST)
        return [_row(erasure, _where(erasure.scope, names)) for erasure in found]


def _where(scope: str, names: Mapping[str, str]) -> str:
    column, value = reach_of(scope)
    if column == SESSION:
        return "one session"
    if column == INGEST_KEY:
        return f"what came with key {value}"
    return f"project {names.get(value, value)}" if column else "whole organisation"


def _row(erasure: Erasure, where: str) -> Mapping[str, Any]:
    told: Mapping[str, Mapping[str, Any]] = erasure.detail.get("tables", {})
    touched = {name: went["rows"] for name, went in told.items() if went.get("rows")}
    return {**vars(erasure), "where": where, "tables": touched}
