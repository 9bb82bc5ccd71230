"""A protocol of nobody's at the door: a line an item, `PERSON WORD`; what a route of it needs, and its keys."""

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import uuid4

import httpx
from msgspec import Meta
from starlette.responses import Response

from blob_store.store import BlobStore
from control.consent_records import NewConsent
from control.write_keys import WriteKey
from event_log import Publisher
from ingest_gateway.door.handler import Door, Limits
from ingest_gateway.door.protocol import Client, Opened, Read, Said
from ingest_gateway.door.refused import unknown_key
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.recorded_consent import RecordedConsent
from schemas.shared.client import ClientEvent
from schemas.shared.stream import Stream
from schemas.shared.validation import Accepted
from tests.kit.recorder import Recorder
from tests.web.conftest import Site
from web.app import WebApp
from web.audit_trail import AuditTrail
from web.families import Entrance, Family
from web.operation import Operation
from web.options import WebOptions
from web.pepper import read_pepper
from web.problems import Problem
from web.telemetry import TELEMETRY, problem_document
from web.write_keys import FAMILY as LOOKED_UP

PATH = "/v1/words"
BELOW = f"{PATH}/"
LIMITS = Limits(packed=10_000, unpacked=20_000)


class Word(ClientEvent, kw_only=True):
    """A word that somebody said."""

    word: Annotated[str, Meta(max_length=200, description="The word.")]


WORDS = Stream(
    name="words",
    path=None,
    listed=None,
    description="Words as they were said.",
    consent_level=2,
    events=(Word,),
    event_type="word",
    example={"word": "fine"},
)


WORDS_OF_ALL = replace(WORDS, consent_level=0)
"""The same where nobody's consent is asked for."""


def read_words(opened: Opened, body: bytes) -> Read:
    """`PERSON WORD [LEVEL]` a line; a word of `new` has no id, `ip=` says where a server's client is."""
    if body.startswith(b"{"):
        raise Problem(400, "no_words", "A body is lines of words.")
    read = Read()
    for line in body.decode("utf-8", "replace").splitlines():
        if line.startswith("writeKey="):
            continue
        person, _, rest = line.partition(" ")
        word, _, level = rest.partition(" ")
        if not word:
            read.refuse("no_word")
            continue
        read.said.append(_said(opened, person, word, level))
    return read


def _said(opened: Opened, person: str, word: str, level: str) -> Said:
    at = opened.received_at
    event_id = None if word == "new" else opened.id_of(f"{person} {word}")
    event = Accepted("word", event_id, person, at, None, hash(word), {"word": word})
    client = Client("198.51.100.7", "server's word") if word == "elsewhere" else None
    subject = opened.person or opened.subject_of(f"session:{person}")
    return Said(event, subject, int(level) if level else None, client)


def key_in(body: bytes) -> str:
    """Of a body that begins with it."""
    first = body.decode("utf-8", "replace").partition("\n")[0]
    return first.removeprefix("writeKey=") if first.startswith("writeKey=") else ""


WORDS_FAMILY = Family(
    name="words",
    prefixes=(BELOW,),
    renderer=problem_document,
    error_schema={},
    entrance=Entrance(key_below=f"{BELOW}of/", unknown_key=lambda: Response(status_code=204, headers=unknown_key())),
)


class Doors:
    """An application with the door alone, its log, and keys."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.recorder = Recorder()
        self.recorded = RecordedConsent(site.control.consent)
        site.control.organisations.ensure("acme")

    def app(
        self,
        publisher: Publisher | None = None,
        stream: Stream = WORDS,
        trail: AuditTrail | None = None,
        **options: Any,
    ) -> WebApp:
        shared = GatewayOptions(), WebOptions(**options), self.site.clock, TimeOrderedIds(), self.recorded
        means = Means(publisher or self.recorder, self.site.control, *shared, BlobStore(str(self.site.blobs)))
        door = Door(means, stream, "words", read_words, LIMITS, lambda: Response(status_code=204), key_in)
        specs = [door.route(path, Operation("Words")) for path in (PATH, f"{BELOW}of/{{key}}")]
        return self.site.app(specs, families=(TELEMETRY, WORDS_FAMILY), trail=trail, **options)

    def key(self, **said: Any) -> str:
        """A new key of acme's, as it is shown."""
        return write_key(self.site, **said)[1]

    async def send(self, *lines: str, key: str = "", app: Any = None, **headers: str) -> httpx.Response:
        """POSTs lines with the key in the path, or without one; header names with _ for -."""
        path = f"{BELOW}of/{key}" if key else PATH
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with client(app or self.app()) as http:
            return await http.post(path, content="\n".join(lines), headers=named)

    def record(self, subject: str, level: int) -> None:
        """Somebody's consent, as the gateway takes note of it."""
        now = self.site.clock()
        new = NewConsent(
            event_id=str(uuid4()),
            tenant="acme",
            subject=subject,
            level=level,
            source=None,
            extra=None,
            effective_at=None,
            recorded_at=now,
            recorded_by=subject,
            recorded_role="user",
            request_id="",
        )
        self.recorded.told(self.site.control.consent.add(new))

    @property
    def words(self) -> Sequence[str]:
        """What is on the log."""
        return [message["word"] for message in self.recorder.messages]


def write_key(site: Site, tenant: str = "acme", consent: int = 2, **said: Any) -> tuple[WriteKey, str]:
    """A new key and how it is shown."""
    text, pepper = f"kpk_{token_urlsafe()}", read_pepper(None, site.secrets)
    lookup = pepper.lookup(LOOKED_UP, text.encode())
    made = site.control.write_keys.create(tenant, lookup, pepper.name, default_consent=consent, **said)
    return made, text


def client(app: Any, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    """One that shows nothing by itself."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(peer, 40000)), base_url="http://kinelake.test")
