"""GET /files/{token}: a blob for whoever has a link to it, whole or a range of it, on whatever the blobs lie.

What it hands out came from strangers: it is never run, never guessed at, and never kept by anybody's shared cache.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from blob_store.faults import BlobMissing
from blob_store.media_types import media_type_of
from blob_store.store import BlobInfo, BlobStore
from query_api.byte_ranges import ByteRange, asked_range, known_already, still_the_same
from query_api.file_links import FileLinks, Link
from web.headers import headers_of
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, public_route

PATH = "/files/{token}"
DOWNLOAD = "download"
SAFE: Mapping[str, str] = {
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
    "Referrer-Policy": "no-referrer",
}
OPERATION = Operation(
    "A file by its link",
    "Links are made by the routes that answer with them, hold for a while, and need no other proof. "
    "One range of bytes may be asked for; with `download=1` a browser saves the file instead of showing it.",
    tags=("files",),
    parameters=(
        Parameter("token", "The link's own part.", place="path"),
        Parameter(DOWNLOAD, "1: save it.", {"enum": ["1"]}),
        Parameter("Range", "Such as bytes=0-1023.", place="header"),
    ),
    responses={200: {}, 206: {}},
    media_type="*/*",
    errors=(404, 416),
)


def file_routes(blobs: BlobStore, links: FileLinks) -> list[RouteSpec]:
    """The one route."""

    async def answer(request: Request) -> Response:
        link = await links.opened(request.path_params["token"])
        if link is None:
            raise _gone()
        try:
            about = await blobs.about(link.blob)
        except BlobMissing:
            raise _gone() from None
        return blob_answer(request, blobs, about, _of_link(link, save=request.query_params.get(DOWNLOAD) == "1"))

    return [public_route(PATH, answer, OPERATION)]


def blob_answer(request: Request, blobs: BlobStore, about: BlobInfo, named: Mapping[str, str]) -> Response:
    """The blob, a range of it, or that the client has it; `named` are the headers that say what it is."""
    headers = {**SAFE, **named, "ETag": about.tag}
    if known_already(headers_of(request).members("If-None-Match"), about.tag):
        return Response(status_code=304, headers=headers)
    part = _part(request, about)
    wanted = part or ByteRange(0, about.bytes, about.bytes)
    headers |= {"Content-Length": str(wanted.length)} | ({"Content-Range": part.content_range} if part else {})
    if request.method == "HEAD":
        return Response(headers=headers)
    stream = blobs.stream(about.name, wanted.begin, wanted.end)
    return StreamingResponse(stream, 206 if part else 200, headers)


def _part(request: Request, about: BlobInfo) -> ByteRange | None:
    """A range is of a GET only, and of the blob that the client has other parts of."""
    asked = headers_of(request)
    if request.method != "GET" or not still_the_same(asked.joined("If-Range"), about.tag):
        return None
    return asked_range(asked.joined("Range"), about.bytes)


def _of_link(link: Link, *, save: bool) -> dict[str, str]:
    kind = "attachment" if save else "inline"
    return {
        "Content-Type": media_type_of(link.blob),
        "Content-Disposition": f'{kind}; filename="{link.file_name}"',
        "Cache-Control": f"private, max-age={link.seconds}",
    }


def _gone() -> Problem:
    """The same for a link that ended, one that never was, and one whose file is gone."""
    return Problem(404, "not_found", "There is no such file, or the link to it has ended: ask for a new one.")
