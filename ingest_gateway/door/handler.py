"""The door for clients that others wrote: a protocol reads their bodies, everything else is the same for all of them.

The package of a stream in this room declares the routes of a protocol beside the stream's own, and the family that
they are of; nothing else is needed:

    def no_content() -> Response:
        return Response(status_code=204)

    def routes(means: Means) -> Sequence[RouteSpec]:
        door = Door(means, STREAM, "cmcd", read_records, Limits(packed=262_144, unpacked=262_144), no_content)
        return (door.route("/v1/cmcd/{key}", OPERATION),)

    BESIDE = {STREAM.name: routes}
    FAMILY = Family(
        name="cmcd",
        prefixes=("/v1/cmcd/",),
        entrance=Entrance(key_below="/v1/cmcd/", unknown_key=lambda: Response(status_code=204, headers=unknown_key())),
        security=SECURITY, …
    )

A protocol whose bodies may name the key gives `key_in`, too. A route that takes no items, such as a document that an
SDK fetches first, is `web.tenancy.written_route(path, answer, ("GET",), …)`, and finds the key in `shown(request)`.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from control.write_keys import WriteKey
from ingest_gateway.door import refused
from ingest_gateway.door.opening import Entered, Opening
from ingest_gateway.door.packing import Packing
from ingest_gateway.door.protocol import KeyIn, Read, Reading, Said
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.publishing import Publishing
from schemas.shared.consent_rules import NONE, permits
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from web.audit_trail import CALLER
from web.body import read_body
from web.caller import Caller
from web.doorway import REPEATABLE, unknown_answer
from web.families import FAMILY, Authenticate
from web.headers import headers_of
from web.operation import Describing
from web.problems import Problem, unavailable
from web.tenancy import RouteSpec, role_forbidden, written_route
from web.write_keys import SHOWN, Shown, too_many_items

HOLDS_SECONDS: Final = 10.0
"""How long the answer to a request holds for the same again, where all of it was taken or never will be."""
CONSENT_HOLDS_SECONDS: Final = 1.0
"""The same where consent decided, which may come any moment: as old as what is known of records may be."""


class Limits(NamedTuple):
    """Most bytes of a body, as sent and unpacked."""

    packed: int
    unpacked: int


class Door:
    """Takes the bodies of one protocol into one stream; `source` is its name on the rows that came by a write key.

    `answer` makes the answer to what was taken, whatever of it was refused: those are named in X-Refused. `unusable`
    makes it where the reading itself refused every item; without it, that is answered like all else.
    """

    def __init__(
        self,
        means: Means,
        stream: Stream,
        source: str,
        reading: Reading,
        limits: Limits,
        answer: Callable[[], Response],
        key_in: KeyIn | None = None,
        unusable: Callable[[], Response] | None = None,
    ) -> None:
        self._means = means
        self._stream = stream
        self._source = source
        self._reading = reading
        self._limits = limits
        self._answer = answer
        self._key_in = key_in
        self._unusable = unusable or answer
        self._opening = Opening(means.control.organisations)
        self._publishing = Publishing(stream, means.publisher)

    def route(self, path: str, operation: Describing) -> RouteSpec:
        """A route that takes its bodies by POST."""
        return written_route(path, self.take, ("POST",), operation=operation, stream=self._stream.name, prompt=True)

    async def take(self, request: Request, authenticate: Authenticate) -> Response:
        """Takes what the body holds: the answer leaves when all of it that is not refused is durable."""
        who = shown(request)
        caller = await self._holder(request, authenticate) if who.bearer else None
        if caller is None and who.key is None and (who.text or self._key_in is None):
            return unknown_answer(request.scope[FAMILY])
        body = await self._body(request)
        key = who.key or (None if caller or self._key_in is None else who.writing.keys.find(self._key_in(body)))
        if caller is None and not (key and await who.writing.keys.holds(key)):
            return unknown_answer(request.scope[FAMILY])
        entered = await self._entered(request, caller, key)
        read = self._read(entered, body)
        answer = self._answer if read.said else self._unusable
        if key is not None and not entered.by_token:
            _spend(who, key, read)
        await self._refuse(request, entered, read)
        await self._publish(entered, read)
        request.scope[REPEATABLE] = _holds(read)
        return _named(answer(), read)

    async def _holder(self, request: Request, authenticate: Authenticate) -> Caller:
        caller = request.scope[CALLER] = await authenticate(request)
        allowed = posting(self._stream)
        if caller.role not in allowed:
            raise role_forbidden(allowed, caller)
        return caller

    async def _body(self, request: Request) -> bytes:
        packed, unpacked = self._limits
        seconds = self._means.limits.body_seconds
        return await read_body(request, max_bytes=packed, max_decoded_bytes=unpacked, seconds=seconds)

    async def _entered(self, request: Request, caller: Caller | None, key: WriteKey | None) -> Entered:
        now = microseconds(self._means.clock())
        if caller is not None:
            return await self._opening.by_token(request, caller, key, now)
        assert key is not None, "a request with neither was answered"
        return await self._opening.by_key(request, key, now)

    def _read(self, entered: Entered, body: bytes) -> Read:
        """What is refused before its items are counted is one thing that was rejected."""
        try:
            return self._reading(entered.opened, body)
        except Problem:
            self._publishing.rejected(1)
            raise

    async def _refuse(self, request: Request, entered: Entered, read: Read) -> None:
        """Leaves what may be taken."""
        reason = _barred(request, entered)
        taken = [] if reason else await self._consented(entered, read.said)
        if len(taken) < len(read.said):
            read.refuse(reason or refused.CONSENT, len(read.said) - len(taken))
            read.said = taken
        if read.refused:
            refused.count(self._source, read.refused)
            self._publishing.rejected(sum(read.refused.values()))

    async def _consented(self, entered: Entered, said: list[Said]) -> list[Said]:
        """Those whose level, by all that lowers it and the person's newest record, lets them through."""
        needed, opened = self._stream.consent_level, entered.opened
        if needed == NONE:
            return said
        people = {(each.subject, each.level) for each in said}
        least = [person for person in people if permits(_lowest(opened.level, person[1]), needed)]
        if not least:
            return []
        recorded = await self._means.recorded.levels(opened.tenant, {subject for subject, _ in least})
        taken = {person for person in least if permits(_lowest(opened.level, recorded[person[0]]), needed)}
        return said if len(taken) == len(people) else [each for each in said if (each.subject, each.level) in taken]

    async def _publish(self, entered: Entered, read: Read) -> None:
        if not read.said:
            return
        columns = {} if entered.by_token else {"source": self._source, "ingest_key": entered.opened.key_id}
        records = Packing(self._stream, entered, columns, self._means.ids).records(read.said)
        await self._publishing(records, len(read.said))


def shown(request: Request) -> Shown:
    """Who a request says it is of; raises the 503 where nothing is known of keys."""
    found: Shown | None = request.scope.get(SHOWN)
    if found is None:
        raise unavailable("keys_unknown", "Write keys cannot be looked up at the moment; try again.")
    return found


def _barred(request: Request, entered: Entered) -> str:
    """Why nothing of the request is taken, whatever is in it."""
    key = entered.key
    if key is None:
        return ""
    if key.tenant != entered.opened.tenant:
        return refused.OTHER_ORGANISATION
    origins = headers_of(request).all("Origin") if key.origins else []
    return refused.FOREIGN_ORIGIN if not key.origins.issuperset(origins) else ""


def _spend(who: Shown, key: WriteKey, read: Read) -> None:
    wait = who.writing.items.spend(key.id, read.sent)
    if wait:
        raise too_many_items(who.writing, wait)


def _named(response: Response, read: Read) -> Response:
    """The answer with what was refused, by name."""
    if read.refused:
        response.headers[refused.HEADER] = refused.said(read.refused)
    return response


def _lowest(level: int, other: int | None) -> int:
    return level if other is None else min(level, other)


def _holds(read: Read) -> float:
    """For how many seconds the same request has the same answer; 0 where it would bring something new."""
    if None in [each.event.event_id for each in read.said]:
        return 0.0
    return CONSENT_HOLDS_SECONDS if refused.CONSENT in read.refused else HOLDS_SECONDS
