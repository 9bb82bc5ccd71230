"""What counts of an item's context: what is stored of it, its session, its words about consent, its client.

The rest of it is dropped before the log: traits, which RudderStack's SDK repeats in every later item, the address, the
User-Agent, ids of devices.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ingest_gateway.analytics.refused import BAD_EVENT, Refused
from ingest_gateway.analytics.values import LONGEST_NAME, fitting, object_as_text
from ingest_gateway.analytics.wire import Context, context_of
from ingest_gateway.door.protocol import Client, Opened
from schemas.shared.consent_rules import NONE
from schemas.shared.invalid import UNREADABLE
from web.proxies import parse_address

KEPT: Final = ("app", "library", "campaign", "locale", "timezone", "screen", "os", "consent", "consentManagement")
"""Besides the page's."""
KEPT_OF_PAGE: Final = ("path", "title")
_FIELDS: Final = dict(zip(Context.__struct_encode_fields__, Context.__struct_fields__, strict=True))

_encode = msgspec.json.Encoder().encode


class Told(NamedTuple):
    """What a context tells.

    `written` is the end of an item's line, from its comma on to the bracket; `page` what it says of the page, `level`
    the consent level that it leaves, None where it says none; `client` who sent the item, where a server is believed.
    """

    written: bytes
    page: Mapping[str, Any]
    session_id: str | None
    level: int | None
    client: Client | None


def told(raw: bytes, opened: Opened) -> Told:
    """What the JSON of a context tells; raises Refused where it is none, or keeps too much."""
    try:
        context = context_of(raw) or Context()
    except UNREADABLE:
        raise Refused(BAD_EVENT) from None
    page = context.page if isinstance(context.page, dict) else {}
    client = _client(context) if opened.server else None
    return Told(_written(context, page), page, _session(context.session_id), _level(context, opened), client)


def _written(context: Context, page: Mapping[str, Any]) -> bytes:
    kept = {name: value for name in KEPT if (value := getattr(context, _FIELDS[name])) is not None}
    of_page = {name: page[name] for name in KEPT_OF_PAGE if page.get(name) is not None}
    if of_page:
        kept["page"] = of_page
    return b',"context":%b}' % _encode(object_as_text(kept)) if kept else b"}"


def _session(value: Any) -> str | None:
    """Numbers are what RudderStack's and most others' sessions are."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return fitting(str(value) if whole else value, LONGEST_NAME)


def _level(context: Context, opened: Opened) -> int | None:
    """The lower of what both ways to say it leave; what cannot be read allows nothing."""
    words = [
        _highest(allowed, opened.categories)
        for allowed in (_preferences(context.consent), _management(context.consent_management))
        if allowed is not None
    ]
    return min(words, default=None)


def _preferences(consent: Any) -> list[str] | None:
    """The names that Segment's `categoryPreferences` allow, None where there are none."""
    said = consent.get("categoryPreferences") if isinstance(consent, dict) else consent
    if said is None:
        return None
    return [name for name, allowed in said.items() if allowed is True] if isinstance(said, dict) else []


def _management(management: Any) -> list[Any] | None:
    """The names that RudderStack's `allowedConsentIds` hold, None where there is no management of consent."""
    if management is None:
        return None
    allowed = management.get("allowedConsentIds") if isinstance(management, dict) else None
    return allowed if isinstance(allowed, list) else []


def _highest(allowed: list[Any], categories: Mapping[str, int]) -> int:
    return max((categories.get(name.lower(), NONE) for name in allowed if isinstance(name, str)), default=NONE)


def _client(context: Context) -> Client:
    """Who a server says that it passes on; what it does not say is unknown, since it is not that client itself."""
    address = parse_address(context.ip) if isinstance(context.ip, str) else None
    agent = context.user_agent if isinstance(context.user_agent, str) else ""
    return Client("" if address is None else str(address), agent)
