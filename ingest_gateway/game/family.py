"""The game family: applications by their tokens, MessagePack bodies, a budget of each address that sends."""

from functools import partial
from typing import Final

from ingest_gateway.game.problems import GameErrorBody, error_body
from web.application_tokens import SECURITY, ExampleApplication, SendingMeter, TokenDoor, TokenKind
from web.authentication import Authenticator
from web.families import Authenticate, Family

EVENTS: Final = "/api/events"
ALIASES: Final = ("/api/player", "/api/funnel", "/api/realtime")
"""Earlier paths of the same."""
EXPORT: Final = "/api/export"
MEDIA_TYPES: Final = ("application/msgpack", "application/x-msgpack", "application/octet-stream", "")

TOKENS = TokenKind(
    family="game",
    sending=frozenset({EVENTS, *ALIASES}),
    at_hand=frozenset({EXPORT}),
    example=ExampleApplication(
        id="72ab8f81-ef36-4712-a046-399a62b9afaa", name="demo", public_token="YOUR_PUBLIC_TOKEN"
    ),
)


def by_token(authenticator: Authenticator) -> Authenticate:
    """Callers by their application's token: the public one at `TOKENS.sending`, the secret one elsewhere."""
    return TokenDoor(TOKENS, authenticator).caller


FAMILY = Family(
    name=TOKENS.family,
    prefixes=("/api/",),
    renderer=error_body,
    error_schema=GameErrorBody,
    authenticate=by_token,
    meter=partial(SendingMeter, TOKENS),
    security=SECURITY,
    media_types=MEDIA_TYPES,
)
