"""GET of a session's export: JSON, CSV, or an archive with everything in it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from blob_store.faults import BlobMissing
from blob_store.store import BlobInfo
from motion import documents
from motion.documents.pictures import phase_names
from motion.request import Activity
from query_api.asked import Asked
from query_api.motion.archive import archive
from query_api.motion.asked import DEMO, FLAG, flag
from query_api.motion.reads import NAMED, Reads, Seen
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, route

FORMATS: Final = ("json", "csv", "zip")
VIDEO: Final = "analyzed.mp4"
PICTURES: Final = "pictures/"
TEXTS: Final = ("export.json", "keypoints.csv", "angles.csv", "metrics.csv")


class ExportRoutes:
    """One for each activity."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """All of them."""
        return [
            route(f"/{one}/sessions/{{session_id}}/export", partial(self._export, one), operation=EXPORT)
            for one in Activity
        ]

    async def _export(self, activity: Activity, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        demo, world, video = (flag(asked, name) for name in ("demo", "world", "video"))
        form = asked.one_of("format", FORMATS)
        asked.refuse()
        session = await self._reads.session(request, caller, activity, demo=demo)
        seen = await self._reads.seen(request, session)
        if form == "zip":
            return await self._zip(seen, world=world, video=video)
        if form == "csv":
            return await self._csv(seen, world=world)
        images = seen.links.images(seen.analysis)
        return await self._reads.answered(
            partial(documents.export, seen.analysis, world=world, images=images, demo=session.demo)
        )

    async def _csv(self, seen: Seen, *, world: bool) -> Response:
        def written() -> str:
            return documents.csv_text(documents.export_table(seen.analysis, world=world))

        text: str = await self._reads.stores.threaded(written)
        return Response(text, headers=_saved(seen, "csv"), media_type="text/csv")

    async def _zip(self, seen: Seen, *, world: bool, video: bool) -> Response:
        files = await self._files(seen, video=video)
        texts: Mapping[str, str] = await self._reads.stores.threaded(partial(_texts, seen, files, world=world))
        pieces = archive(texts, files, self._reads.stores.blobs, seen.session.created_at)
        return StreamingResponse(pieces, headers=_saved(seen, "zip"), media_type="application/zip")

    async def _files(self, seen: Seen, *, video: bool) -> Mapping[str, BlobInfo]:
        """Name in the archive -> blob; raises the 404 where the film is asked for and not kept."""
        blobs, session = self._reads.stores.blobs, seen.session
        files = {f"{PICTURES}{name}": await blobs.about(f"{session.pictures}/{name}") for name in seen.links.pictures}
        if video:
            if session.analysed_video is None:
                raise _no_film()
            try:
                files[VIDEO] = await blobs.about(session.analysed_video)
            except BlobMissing:
                raise _no_film() from None
        return files


def _texts(seen: Seen, files: Mapping[str, BlobInfo], *, world: bool) -> dict[str, str]:
    analysis, demo = seen.analysis, seen.session.demo
    named = {phase: f"{PICTURES}{name}" for phase, name in phase_names(analysis).items()}
    images = {phase: name for phase, name in named.items() if name in files}
    exported = documents.export(analysis, world=world, images=images, demo=demo)
    tables = documents.keypoints_table, documents.angles_table, documents.metrics_table
    written = [_json(exported), *(documents.csv_text(table(analysis)) for table in tables)]
    pictures = [PICTURES] if any(name.startswith(PICTURES) for name in files) else []
    held = [*TEXTS, *pictures, *([VIDEO] if VIDEO in files else [])]
    # links end within the hour, archives are kept for years
    lasting = replace(seen.info, video_url=None, analyzed_video_url=None)
    return {"README.txt": documents.readme(analysis, lasting, held), **dict(zip(TEXTS, written, strict=True))}


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _saved(seen: Seen, kind: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{seen.session.id}.{kind}"'}


def _no_film() -> Problem:
    return Problem(404, "video_missing", "the session's analysed video is not kept")


EXPORT: Final = Operation(
    "Everything that was measured, frame by frame",
    "As JSON; as CSV, one row a frame; or as an archive of both with metrics, pictures and a README.",
    tags=("motion",),
    responses={200: dict[str, Any]},
    other_media_types=("text/csv", "application/zip"),
    parameters=(
        NAMED,
        DEMO,
        Parameter("format", "As what.", {"type": "string", "enum": list(FORMATS), "default": "json"}),
        Parameter("world", "With the model's points in metres.", FLAG),
        Parameter("video", "With the analysed video, in an archive.", FLAG),
    ),
    errors=(404,),
)
