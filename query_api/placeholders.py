"""GET /files/pictures/{name}: what stands where there is no picture of a view, in every language; it shows nobody."""

import asyncio
from typing import Final, get_args

from starlette.requests import Request
from starlette.responses import Response

from motion.request import Language
from reports.pictures import ViewName, Why, no_picture
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, public_route

FOLDER: Final = "/files/pictures"
PATH: Final = f"{FOLDER}/{{name}}"
HEADERS: Final = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
OPERATION: Final = Operation(
    "A picture that stands for a view of which there is none",
    tags=("files",),
    parameters=(Parameter("name", "As reports name it.", place="path"),),
    responses={200: {}},
    media_type="image/png",
    errors=(404,),
)


def placeholder(view: ViewName, why: Why, language: Language) -> str:
    """The path of a picture."""
    return f"{FOLDER}/{_name(view, why, language)}"


def placeholder_route() -> RouteSpec:
    """The one route."""
    return public_route(PATH, _answer, OPERATION)


async def _answer(request: Request) -> Response:
    named = _NAMES.get(request.path_params["name"])
    if named is None:
        raise Problem(404, "not_found", "there is no such picture")
    # what the first of them is drawn with is imported for it
    drawn = await asyncio.to_thread(no_picture, *named)
    return Response(drawn, headers=HEADERS, media_type="image/png")


def _name(view: ViewName, why: Why, language: Language) -> str:
    return f"{view}-{why}-{language}.png"


_VIEWS: Final[tuple[ViewName, ...]] = get_args(ViewName)
_WHYS: Final[tuple[Why, ...]] = get_args(Why)
_NAMES: Final = {
    _name(view, why, language): (view, why, language) for view in _VIEWS for why in _WHYS for language in Language
}
