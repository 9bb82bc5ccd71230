"""`GET /api/models` and `GET /api/models/{id}/file`: the models of the secret token's application."""

import asyncio
from dataclasses import replace
from typing import Final

from msgspec import Struct
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from blob_store.faults import BlobMissing
from blob_store.media_types import media_type_of
from control.applications import Application
from control.models import Model
from query_api.answers import Stores, answer
from query_api.files import blob_answer
from schemas.game.models.answers import ShownModel, shown
from web.api_keys import KEY_ROLES
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.digits import whole_number
from web.operation import Operation, Parameter
from web.problems import FieldError, Problem, invalid
from web.tenancy import RouteSpec, route

PATH: Final = "/api/models"
MOST: Final = 1000
DEFAULT: Final = 100
LAST_OFFSET: Final = 1_000_000
LONGEST_ID: Final = 64
KEPT: Final = "private, max-age=3600"


class ShownModels(Struct, frozen=True):
    """A page of them; `next_offset` is where the next one begins, null where there is none."""

    models: list[ShownModel]
    next_offset: int | None


class Models:
    """The routes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def routes(self) -> list[RouteSpec]:
        """Both."""
        return [
            route(PATH, self._list, roles=KEY_ROLES, operation=_listing),
            route(f"{PATH}/{{id}}/file", self._file, roles=KEY_ROLES, operation=_serving),
        ]

    async def _list(self, request: Request, caller: Caller) -> Response:
        limit = _number(request.query_params, "limit", DEFAULT, least=1, most=MOST)
        offset = _number(request.query_params, "offset", 0, least=0, most=LAST_OFFSET)
        application = await self._application(caller)
        level = request.query_params.get("level")
        models = self._stores.control.models
        # one more than is shown says whether there is a next page
        found = await asyncio.to_thread(models.page, application.id, level, limit + 1, offset)
        more = offset + limit if len(found) > limit else None
        return answer(ShownModels([shown(application.name, vars(model)) for model in found[:limit]], more), None)

    async def _file(self, request: Request, caller: Caller) -> Response:
        model = await self._model(caller, request.path_params["id"])
        try:
            about = await self._stores.blobs.about(model.blob)
        except BlobMissing:
            raise _unknown() from None
        named = {
            "Content-Type": media_type_of(model.blob),
            "Content-Disposition": f'attachment; filename="{model.id}.{model.format}"',
            "Cache-Control": KEPT,
        }
        # the same wherever the blob lies, and whoever uploaded it knows it
        tagged = replace(about, tag=f'"{model.sha256}"')
        return blob_answer(request, self._stores.blobs, tagged, named)

    async def _model(self, caller: Caller, model_id: str) -> Model:
        """Of the caller's own application; another's is as unknown as none."""
        if len(model_id) > LONGEST_ID:
            raise _unknown()
        found = await asyncio.to_thread(self._stores.control.models.get, model_id)
        if found is None or (found.tenant, found.app_id) != (caller.tenant, caller.project_id):
            raise _unknown()
        return found

    async def _application(self, caller: Caller) -> Application:
        found = await asyncio.to_thread(self._stores.control.applications.get, caller.project_id)
        if found is None:
            raise Problem(403, "application_unknown", "The secret token's application is not known here any more.")
        return found


def _number(query: QueryParams, name: str, default: int, *, least: int, most: int) -> int:
    if name not in query:
        return default
    found = whole_number(query[name], most, least=least)
    if found is None:
        raise invalid(FieldError(name, f"must be a whole number from {least} to {most}"))
    return found


def _unknown() -> Problem:
    return Problem(404, "not_found", "The secret token's application has no such model.")


def _listing() -> Operation:
    whole = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}
    return Operation(
        "Models of an application",
        "By level, the newest version first.",
        tags=("game",),
        parameters=(
            Parameter("level", "Only this level's."),
            Parameter("limit", "Most models of a page.", whole),
            Parameter("offset", "Where the page begins.", {"type": "integer", "minimum": 0, "maximum": LAST_OFFSET}),
        ),
        responses={200: ShownModels},
        security=PROTECTED,
        counted=False,
    )


def _serving() -> Operation:
    return Operation(
        "The file of a model",
        "As it was uploaded. One range of bytes may be asked for; its tag is the file's SHA-256.",
        tags=("game",),
        parameters=(
            Parameter("id", "The model's.", place="path"),
            Parameter("Range", "Such as bytes=0-1023.", place="header"),
        ),
        responses={200: {}, 206: {}},
        media_type="*/*",
        errors=(404, 416),
        security=PROTECTED,
        counted=False,
    )
