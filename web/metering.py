"""Around the requests of families that count theirs: each is counted, and every answer says what is left.

Two layers: answers are told on the outside, so that those of the frame itself are too, and counting is inside, so that
a refusal is rendered like any other and no work is done for requests beyond those in flight.
"""

from collections.abc import Awaitable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.families import Families, Meter


class Meters:
    """The meters of an application, by the path of a request."""

    def __init__(self, families: Families, meters: Mapping[str, Meter]) -> None:
        self._families = families
        self._meters = meters
        # one look at most paths' beginning tells that nobody counts them
        self._prefixes = tuple(prefix for family in families if family.name in meters for prefix in family.prefixes)

    def of(self, scope: Scope) -> Meter | None:
        """Who counts a request, if anybody does."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(self._prefixes):
            return None
        return self._meters.get(self._families.of(scope["path"]).name)


class Told:
    """Puts on every answer what its meter says."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        meter = self._meters.of(scope)
        if meter is None:
            return self._app(scope, receive, send)

        def told(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *meter.told(scope)]
            return send(message)

        return self._app(scope, receive, told)


class Counted:
    """Has a request's meter count it; OPTIONS asks for nothing and is free."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request, or raises its meter's refusal."""
        meter = self._meters.of(scope)
        if meter is None or scope["method"] == "OPTIONS":
            return self._app(scope, receive, send)
        return self._spent(meter, scope, receive, send)

    async def _spent(self, meter: Meter, scope: Scope, receive: Receive, send: Send) -> None:
        await meter.spend(scope)
        await self._app(scope, receive, send)
