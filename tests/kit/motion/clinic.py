"""An installation in which people were filmed: real roles, and sessions as gateway and worker leave them."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from io import BytesIO
from typing import Any, Final

import httpx
from PIL import Image

from control.motion_sessions import MotionSession
from control.people import Profile
from control.written_offsets import Written
from event_log import LogOptions, Record, open_publisher
from ingest_gateway.taking.identifiers import TimeOrderedIds
from jobs.motion.messages import Filmed, records
from kinelake.api_keys import create_key, people_kinds
from kinelake.balance import balance, position
from kinelake.installation import Installation
from motion.analysis import Analysis
from motion.documents import SessionInfo, all_threads
from motion.documents.info import title
from motion.documents.pictures import phase_names, pictured
from motion.request import Request
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.findings import ThreadSaid
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from tests.kit.cases import published
from tests.kit.running import waiting
from web.people_keys import USER

ORGANISATION: Final = "clinic"
ANN, BEN = "ann@example.org", "ben@example.org"
PROFILE: Final = Profile("Ann", ANN, 61.5, 172.0, "de")
INFO: Final = {"display_name": "Ann", "email": ANN, "weight": 61.5, "height": 172.0, "language": "de"}
VERSION: Final = "1"
ORIGINAL, OVERLAY = b"original" * 100, b"analyzed" * 100


@dataclass(frozen=True)
class FilmedSession:
    """A session whose analysis is done, and the analysis as it was before it went through log and tables."""

    id: str
    created_at: datetime
    analysis: Analysis

    def info(self, told: Mapping[str, Any], session_id: str | None = None) -> SessionInfo:
        """What documents say beside the analysis, with the URLs that were told."""
        urls = told.get("video_url"), told.get("analyzed_video_url")
        return SessionInfo(session_id or self.id, self.created_at, *urls, "Ann", INFO)


class Clinic:
    """People, their keys and their sessions in an installation that is served at `base`."""

    def __init__(self, base: str, installation: Installation) -> None:
        self.base = base
        self._installation = installation
        self._ids = TimeOrderedIds()
        self.control = installation.control
        self.control.organisations.ensure(ORGANISATION)
        if self.control.people.get(ORGANISATION, ANN) is None:
            self.control.people.create(ORGANISATION, ANN, PROFILE)
        self.key: Callable[..., str] = cache(self._made_key)

    @cached_property
    def ann(self) -> httpx.Client:
        """Hers, which somebody closes."""
        return self.client(self.key())

    def client(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=self.base, headers={"Authorization": f"API-KEY {key}"}, timeout=60)

    def _made_key(self, user_id: str = ANN, role: str = USER, plan: str = "Pro", org: str = ORGANISATION) -> str:
        self.control.organisations.ensure(org)
        (kind,) = people_kinds().values()
        return create_key(self._installation, kind, self.control.people.holder(org, user_id, plan, 2), role)[1]

    def pays(self, user_id: str, *plans: str) -> None:
        """From now on the person has keys of these plans, and no others."""
        for key in self.control.api_keys.list():
            if (key.tenant, key.owner) == (ORGANISATION, user_id):
                self.control.api_keys.revoke(key.id)
        for plan in plans:
            self._made_key(user_id, plan=plan)

    def begun(self, request: Request, user_id: str = ANN, at: datetime | None = None) -> MotionSession:
        """A session as an upload leaves it."""
        now = at or datetime.now(UTC)
        session_id = self._ids.next(microseconds(now))
        holder = self.control.people.holder(ORGANISATION, user_id, "none", 2)
        film = f"motion-videos/{session_id}/original-0.mp4"
        self._installation.blobs.put(film, ORIGINAL)
        session = MotionSession(
            id=session_id,
            tenant=ORGANISATION,
            subject=holder.subject,
            user_id=user_id,
            activity=request.activity,
            exercise=request.exercise,
            title=title(request, SessionInfo(session_id, now, None)),
            request=json.loads(request.model_dump_json(exclude_none=True, exclude={"session_name"})),
            video=film,
            sha256="0" * 64,
            video_bytes=len(ORIGINAL),
            request_id="request",
            consent_level=2,
            consent_source="default",
            gpc=False,
            created_at=now,
            queued_at=now,
        )
        places = self._publish(session.id, SESSIONS, [_uploaded(session)])
        return self.control.motion_sessions.begin(session, places)

    def analysed(
        self, analysis: Analysis, user_id: str = ANN, version: str = VERSION, at: datetime | None = None
    ) -> FilmedSession:
        """A session as the job leaves it, by default now."""
        session = self.begun(analysis.request, user_id, at)
        self.analyse(session, analysis, version, at)
        return FilmedSession(session.id, session.created_at, analysis)

    def analyse(
        self, session: MotionSession, analysis: Analysis, version: str = VERSION, at: datetime | None = None
    ) -> None:
        """Publishes an analysis of a session with its films and pictures, then notes that it is done."""
        film, pictures = f"motion-videos/{session.id}/analyzed-0.mp4", f"motion-pictures/{session.id}"
        self._installation.blobs.put(film, OVERLAY)
        for name, _ in pictured(analysis):
            self._installation.blobs.put(f"{pictures}/{name}", picture())
        filmed = Filmed(
            session.tenant, session.subject, session.id, session.request_id, 2, session.consent_source, session.gpc
        )
        named = {phase: f"{pictures}/{name}" for phase, name in phase_names(analysis).items()}
        ended = microseconds(at or datetime.now(UTC))
        said = records(filmed, analysis, version, ended, list(threads_said(analysis, session.id)), named)
        for stream, messages in ((LANDMARKS, said.landmarks), (SESSIONS, said.sessions)):
            self.control.written.note(self._publish(session.id, stream, list(messages)))
        done = {"status": "done", "progress": 100.0, "analysis_version": version, "analysed_video": film}
        assert self.control.motion_sessions.note(session.id, **done) is not None

    def in_tables(self) -> None:
        """Returns once flows have brought all that was published: no read waits for it any more."""
        for stream in (SESSIONS, LANDMARKS):
            waiting(lambda name=stream.name: self._in_flight(name) == 0)

    def _in_flight(self, stream: str) -> int:
        return balance(self._installation, position(self._installation, stream)).in_flight

    def _publish(self, session_id: str, stream: Stream, messages: Sequence[Record]) -> list[Written]:
        return asyncio.run(self._published(session_id, stream, messages))

    async def _published(self, session_id: str, stream: Stream, messages: Sequence[Record]) -> list[Written]:
        settings = self._installation.settings
        publisher = open_publisher(settings.log_url, settings.room(LogOptions))
        places = await publisher.publish(stream.name, messages)
        await publisher.close()
        return [Written(f"session:{session_id}", stream.name, each.partition, each.offset + 1) for each in places]


def threads_said(analysis: Analysis, session_id: str) -> list[ThreadSaid]:
    """Every thread of an analysis as its row says it."""
    return [
        ThreadSaid(
            thread_id=one.id,
            kind=one.kind.value,
            metric=one.metric,
            language=one.language.value,
            measurement_system=one.measurement_system.value,
            rules_version=one.rules_version,
            text=one.said.text,
            references=list(one.said.references),
        )
        for one in all_threads(analysis, session_id)
    ]


def picture() -> bytes:
    """A PNG."""
    written = BytesIO()
    Image.new("RGB", (30, 40), "#336699").save(written, "PNG")
    return written.getvalue()


def _uploaded(session: MotionSession) -> Record:
    """The message of the film, as the gateway publishes it."""
    body = {
        "kind": "uploaded",
        "session_id": session.id,
        "event_id": session.id,
        "activity": session.activity,
        "title": session.title,
        "video": session.video,
        "sha256": session.sha256,
        "video_bytes": session.video_bytes,
        "request": session.request,
    }
    line = {"received_at": session.created_at.isoformat(), "tenant": session.tenant, "subject": session.subject}
    return published(SESSIONS, {**line, "body": body})
