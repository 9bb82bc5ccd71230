"""`POST /api/models`: a level's model, from the socket into the blob store.

Its bytes lie there, under a name that nobody else has, before a row says that they are a model. What is refused is
removed; what dies in between leaves a blob that no row has, which is swept.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from blob_store.store import BlobStore, Stored
from control.applications import Application
from control.faults import ModelsFull
from control.models import Model, Room
from ingest_gateway.game.options import ModelOptions
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.multipart import MOST_BESIDE, FormFile, boundary_of
from schemas.game.models import LARGEST_MODEL, BadModel
from schemas.game.models.answers import ShownModel, shown
from schemas.game.models.bounds import Bounds, bounds_of
from schemas.game.models.formats import SNIFFED_BYTES, ModelFormat, model_format
from schemas.shared.text import printable
from web.api_keys import KEY_ROLES
from web.application_tokens import PROTECTED
from web.body import UNPACKED, body_pieces
from web.caller import Caller
from web.headers import headers_of
from web.operation import Operation
from web.problems import FieldError, Problem, invalid
from web.tenancy import RouteSpec, route

APP_NAME: Final = "app_name"
LEVEL_NAME: Final = "level_name"
FILE: Final = "model_file"
LONGEST_NAME: Final = 128
MOST_NAME_BYTES: Final = 4 * LONGEST_NAME
MOST_BODY: Final = LARGEST_MODEL + MOST_BESIDE
UPLOAD_SECONDS: Final = 300.0
"""For all of the body; 100 MiB are 2.8 Mbit/s then."""


class ModelUploads:
    """Answers the POST."""

    def __init__(self, means: Means) -> None:
        self._means = means
        options = means.options_of(ModelOptions)
        self._room = Room(options.game_models_max, options.game_models_max_bytes)
        # each may take some hundred megabytes and a core for a while
        self._one_reads = asyncio.Semaphore(1)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """201 with the model; 200 with the one that there is where its level has the same bytes already."""
        boundary = boundary_of(headers_of(request).once("Content-Type") or "")
        _refuse_packed(request)
        application = await self._application(caller)
        form = FormFile(FILE, boundary, LARGEST_MODEL, {APP_NAME: MOST_NAME_BYTES, LEVEL_NAME: MOST_NAME_BYTES})
        pieces = form.pieces(body_pieces(request, max_bytes=MOST_BODY, seconds=UPLOAD_SECONDS))
        head = await _head(pieces)
        found = _format(head)
        _refuse_other(application, form.text(APP_NAME) or application.name)
        blob = f"models/{application.id}/{secrets.token_hex(16)}.{found}"
        stored = await self._means.blobs.put_stream(blob, _joined(head, pieces), LARGEST_MODEL)
        try:
            return await self._kept(application, form, found, blob, stored)
        except Exception:
            await asyncio.to_thread(self._means.blobs.delete, blob)
            raise

    async def _application(self, caller: Caller) -> Application:
        found = await asyncio.to_thread(self._means.control.applications.get, caller.project_id)
        if found is None:
            raise Problem(403, "application_unknown", "The secret token's application is not known here any more.")
        return found

    async def _kept(
        self, application: Application, form: FormFile, found: ModelFormat, blob: str, stored: Stored
    ) -> Response:
        """Once all of the body is there."""
        _refuse_other(application, _required(form, APP_NAME))
        level = _required(form, LEVEL_NAME)
        if not printable(level) or not 0 < len(level) <= LONGEST_NAME:
            raise invalid(FieldError(LEVEL_NAME, f"must be 1 to {LONGEST_NAME} printable characters"))
        bounds = await self._bounds(blob, found)
        model = Model(
            id=str(uuid4()),
            tenant=application.tenant,
            app_id=application.id,
            level_name=level,
            version=1,
            size=stored.bytes,
            sha256=stored.sha256,
            format=found,
            bounds=None if bounds is None else msgspec.to_builtins(bounds),
            blob=blob,
            created_at=self._means.clock(),
        )
        kept = await self._added(model)
        if kept.id != model.id:
            await asyncio.to_thread(self._means.blobs.delete, blob)
        return _answer(application, kept, status=201 if kept.id == model.id else 200)

    async def _added(self, model: Model) -> Model:
        try:
            return await asyncio.to_thread(self._means.control.models.add, model, self._room)
        except ModelsFull as full:
            remedy = "older versions can be forgotten, or more allowed, by its operator"
            raise Problem(413, "models_full", f"{full}; {remedy}") from None

    async def _bounds(self, blob: str, found: ModelFormat) -> Bounds | None:
        async with self._one_reads:
            try:
                return await asyncio.to_thread(_read_bounds, self._means.blobs, blob, found)
            except BadModel as bad:
                raise invalid(FieldError(FILE, f"is no whole .{found}: {bad}")) from None


def _read_bounds(blobs: BlobStore, blob: str, found: ModelFormat) -> Bounds | None:
    with blobs.open(blob) as file:
        return bounds_of(file, found)


def _answer(application: Application, model: Model, status: int) -> Response:
    body = msgspec.json.encode(shown(application.name, vars(model)))
    return Response(body, status, media_type="application/json")


def _refuse_packed(request: Request) -> None:
    """A packed body would have to lie in memory whole."""
    if (headers_of(request).once("Content-Encoding") or "").lower() not in UNPACKED:
        detail = "A model is sent as it is, without Content-Encoding."
        raise Problem(415, "unsupported_encoding", detail, headers={"Accept-Encoding": "identity"})


def _refuse_other(application: Application, named: str) -> None:
    if named != application.name:
        raise Problem(403, "application_forbidden", f"{APP_NAME} is not the secret token's application")


def _required(form: FormFile, field: str) -> str:
    said = form.text(field)
    if said is None:
        raise invalid(FieldError(field, "is missing; send it as a field of the form"))
    return said


async def _head(pieces: AsyncIterator[bytes]) -> bytes:
    """The beginning of the file, by which it is told what it is."""
    head = bytearray()
    while len(head) < SNIFFED_BYTES and (piece := await anext(pieces, None)) is not None:
        head += piece
    return bytes(head)


def _format(head: bytes) -> ModelFormat:
    if not head:
        raise invalid(FieldError(FILE, "is empty"))
    found = model_format(head[:SNIFFED_BYTES])
    if found is None:
        detail = f"is none of .glb, .gltf, .obj (UTF-8 with v and f lines in its first {SNIFFED_BYTES} bytes), .fbx"
        raise invalid(FieldError(FILE, detail))
    return found


async def _joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in rest:
        yield piece


def _uploading() -> Operation:
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    fields = {APP_NAME: text, LEVEL_NAME: text, FILE: {"type": "string", "format": "binary"}}
    return Operation(
        "Upload the model of a level",
        f"multipart/form-data with the file as the field `{FILE}`, at most 100 MiB: .glb, .gltf, .obj or .fbx, told by "
        "its content. Each upload is the level's next version; the same bytes again are the one that there is.",
        tags=("game",),
        request={"title": "ModelUpload", "type": "object", "properties": fields, "required": list(fields)},
        request_media_type="multipart/form-data",
        responses={200: ShownModel, 201: ShownModel},
        security=PROTECTED,
        counted=False,
    )


def models_route(means: Means) -> RouteSpec:
    """The one route that takes a model."""
    return route("/api/models", ModelUploads(means), ("POST",), roles=KEY_ROLES, operation=_uploading)
