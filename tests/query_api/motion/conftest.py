"""The motion family's reads over sessions in memory and blobs in a folder, with callers of every role.

Callers show development tokens: the door by keys of people is another room's, and its tests are there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from PIL import Image
from starlette.responses import Response

from blob_store.store import BlobStore
from control.people import Profile
from control.store import Control
from motion.analysis import Analysis
from motion.documents import Status
from motion.documents.pictures import pictured
from motion.request import Request
from query_api.answers import Stores
from query_api.apart import InTurn
from query_api.files import file_routes
from query_api.motion.known import KnownSession
from query_api.motion.page.pages import SessionPages
from query_api.motion.reads import Reads
from query_api.motion.routes import motion_routes
from query_api.options import QueryOptions
from query_api.page_files import page_files_route
from query_api.placeholders import placeholder_route
from sinks.location import Location
from tests.kit.media_sessions import NOON
from tests.kit.migrated import migrated
from tests.kit.motion.known import KnownAnalyses, KnownConfigurations, KnownSessions, KnownThreads
from tests.kit.recorder import Recorder
from web.app import create_app
from web.authentication import authenticator
from web.development import issue_development_token
from web.families import Family
from web.options import WebOptions
from web.problems import Problem
from web.telemetry import TELEMETRY

T = TypeVar("T")
BASE = "http://kinelake.test"
ORIGINAL, OVERLAY = b"original" * 100, b"analyzed" * 100
PREFIXES = ("jumping", "running", "weightlifting", "mobility-assessment", "sessions", "session-management")


def refused(problem: Problem) -> Response:
    wrong: dict[str, list[str]] = {}
    for each in problem.errors:
        wrong.setdefault(each.field, []).append(each.message)
    body = {"error": problem.detail} | ({"errors": wrong} if wrong else {})
    return Response(msgspec.json.encode(body), problem.status, problem.headers, media_type="application/json")


MOTION = Family(
    name="motion",
    prefixes=tuple(f"/{prefix}/" for prefix in PREFIXES),
    renderer=refused,
    error_schema=dict[str, Any],
)


class MotionSite:
    """The app at a standing clock."""

    def __init__(self, folder: Path, base_url: str | None = None) -> None:
        self.now = NOON
        self.folder = folder
        self.control = Control.open(migrated(folder), self.clock)
        self.control.organisations.ensure("acme")
        self.blobs = BlobStore(str(folder / "blobs"))
        self.threads = ThreadPoolExecutor(2)
        self.apart = InTurn(at_once)
        location = Location(str(folder / "tables"))
        stores = Stores(
            location,
            self.control,
            self.blobs,
            QueryOptions(),
            2,
            self.clock,
            self.threads,
            Recorder(),
            base_url,
            self.apart,
        )
        self.sessions, self.analyses = KnownSessions(), KnownAnalyses()
        known = KnownThreads(self.analyses, self.sessions.sessions)
        self.reads = Reads(stores, self.sessions, self.analyses, known, KnownConfigurations())
        options, pages = WebOptions(access_log=False), SessionPages(self.reads)
        files = [*file_routes(self.blobs, stores.links), placeholder_route(), page_files_route()]
        self.app = create_app(
            [*motion_routes(self.reads), *pages.routes(), *files],
            options=options,
            authenticator=authenticator(options, self.control, folder / "secrets", self.clock),
            families=(TELEMETRY, MOTION, pages.family),
        )

    def close(self) -> None:
        self.apart.stop()
        self.threads.shutdown()
        self.control.close()

    def clock(self) -> datetime:
        return self.now

    def client(self, sub: str = "ana", role: str = "user", org: str = "acme") -> httpx.AsyncClient:
        token = issue_development_token(self.folder / "secrets", sub, org, role, 2, timedelta(hours=1), self.now)
        return self.stranger({"Authorization": f"Bearer {token}"})

    def stranger(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)

    def filmed(self, session_id: str, request: Request, **fields: Any) -> KnownSession:
        """A session with its film."""
        known = KnownSession(
            **{
                **{"id": session_id, "tenant": "acme", "user_id": "ana", "plan": "Pro", "request": request},
                **{"profile": Profile("Ana", "ana@example.org", 70.0, 175.0, "de"), "created_at": self.now},
                **{"status": Status.QUEUED, "video": f"motion-videos/{session_id}/original.mp4"},
                **{"pictures": f"motion-pictures/{session_id}", **fields},
            }
        )
        self.blobs.put(known.video, ORIGINAL)
        self.sessions.sessions[session_id] = known
        return known

    def analysed(self, session_id: str, analysis: Analysis, **fields: Any) -> KnownSession:
        """A session whose analysis is done, with its pictures."""
        film = f"motion-videos/{session_id}/analyzed.mp4"
        done = {"status": Status.DONE, "progress": 100, "analysed_video": film}
        known = self.filmed(session_id, analysis.request, **{**done, **fields})
        self.analyses.analyses[session_id] = analysis
        self.blobs.put(film, OVERLAY)
        for name, _ in pictured(analysis):
            self.blobs.put(f"{known.pictures}/{name}", picture())
        return known

    def become(self, session_id: str, **fields: Any) -> None:
        self.sessions.sessions[session_id] = replace(self.sessions.sessions[session_id], **fields)


def at_once(work: Callable[..., T], *arguments: Any) -> T:
    """An Apart in this process, which is another room's."""
    return work(*arguments)


def picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (30, 40), "#336699").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MotionSite]:
    made = MotionSite(tmp_path)
    yield made
    made.close()
