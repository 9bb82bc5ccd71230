"""GET /files/pages/{name}: styles, scripts and icons of pages for people without a key; they say nothing of anybody."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from query_api.byte_ranges import known_already
from web.headers import headers_of
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, public_route

FOLDER: Final = Path(__file__).parent / "pages"
PATH: Final = "/files/pages/{name}"
MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# asked for anew each time, since scripts that import each other must be of one version
HEADERS: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
OPERATION: Final = Operation(
    "A style, a script or an icon of a page",
    tags=("files",),
    parameters=(Parameter("name", "As pages name it.", place="path"),),
    responses={200: {}},
    media_type="*/*",
    errors=(404,),
)


class PageFile(NamedTuple):
    """A file and the entity tag of its bytes."""

    content: bytes
    tag: str


def page_files_route() -> RouteSpec:
    """The one route."""
    return public_route(PATH, _answer, OPERATION)


def address(name: str) -> str:
    """The path of a file."""
    return PATH.format(name=name)


async def _answer(request: Request) -> Response:
    name = request.path_params["name"]
    file = _files().get(name)
    if file is None:
        raise Problem(404, "not_found", "there is no such file")
    headers = {**HEADERS, "ETag": file.tag}
    if known_already(headers_of(request).members("If-None-Match"), file.tag):
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=MEDIA_TYPES[Path(name).suffix])


@cache
def _files() -> dict[str, PageFile]:
    found = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in MEDIA_TYPES}
    return {name: PageFile(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"') for name, content in found.items()}
