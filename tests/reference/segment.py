"""What becomes of an item of the Segment protocol, written from its page in plain Python: one row, or why none."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from schemas.shared.masking import masked_url
from schemas.shared.text import printable

KEPT = ("app", "library", "campaign", "locale", "timezone", "screen", "os", "consent", "consentManagement")
TYPES = ("track", "page", "screen", "identify", "group")
CATEGORIES = {"analytics": 2, "performance": 2, "statistics": 2, "marketing": 3, "advertising": 3}


def stored(item: Mapping[str, Any], sent_at: Any, received: datetime) -> dict[str, Any] | str:
    """The columns that have a value, `identity` and `allowed` (the consent level of its words); or the refusal."""
    item = {name: value for name, value in item.items() if value not in (None, "")}
    if item.get("type") not in TYPES:
        return "unsupported"
    identity = item.get("userId", f"anonymous:{item['anonymousId']}" if "anonymousId" in item else None)
    if identity is None:
        return "no_identity"
    row = _named(item)
    if isinstance(row, str):
        return row
    context = item.get("context", {})
    kept = {name: context[name] for name in KEPT if context.get(name) is not None}
    page = {name: context["page"][name] for name in ("path", "title") if context.get("page", {}).get(name) is not None}
    said = {
        **row,
        "identity": str(identity),
        "context": {**kept, **({"page": page} if page else {})},
        "session_id": _text(context.get("sessionId")),
        "occurred_at": _when(item, sent_at, received),
        "allowed": _allowed(context),
    }
    if said["occurred_at"] is None:
        return "bad_time"
    return {name: value for name, value in said.items() if value not in (None, {}) or name == "properties"}


def _named(item: Mapping[str, Any]) -> dict[str, Any] | str:
    properties, page = item.get("properties", {}), item.get("context", {}).get("page", {})
    own = {"properties": properties} if "properties" in item else {}
    name = item.get("name")
    match item["type"]:
        case "track":
            if not _fits(item.get("event"), 128):
                return "bad_event"
            category = properties.get("category")
            numbers = [properties.get("value"), properties.get("revenue")]
            value = next((each for each in numbers if type(each) in (int, float)), None)
            kind = category if _fits(category, 64) else "track"
            return {"event_name": item["event"], "event_category": kind, "numeric_value": value, **own}
        case "page":
            path = next((each for each in (properties.get("path"), page.get("path")) if _fits(each, 128)), None)
            urls = {
                "page_url": _url(properties.get("url"), page.get("url")),
                "referrer_url": _url(properties.get("referrer"), page.get("referrer")),
            }
            own = {"properties": {key: _masked(each) for key, each in properties.items()}} if own else {}
            return _of("page.view", "navigation", "page", name or path, {**urls, **own})
        case "screen":
            return _of("screen.view", "navigation", "screen", name, own)
        case "identify":
            return {"event_name": "identify", "event_category": "identity"}
        case _:
            group = item.get("groupId")
            return "bad_event" if group is None else _of("group", "identity", "group", str(group), {})


def _of(name: str, category: str, kind: str, of: str | None, more: Mapping[str, Any]) -> dict[str, Any] | str:
    if of is not None and not _fits(of, 128):
        return "bad_event"
    return {"event_name": name, "event_category": category, "resource_type": kind, "resource_id": of, **more}


def _fits(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and printable(value)


def _text(value: Any) -> str | None:
    text = str(value) if isinstance(value, int) else value
    return text if _fits(text, 128) else None


def _url(*values: Any) -> str | None:
    said = [value for value in values if isinstance(value, str) and value not in ("", "$direct")]
    return masked_url(said[0]) if said else None


def _masked(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return masked_url(value) if urlsplit(value).netloc or value[:1] in ("?", "#", "/") else value


def _allowed(context: Mapping[str, Any]) -> int | None:
    words = []
    if context.get("consent", {}).get("categoryPreferences") is not None:
        words.append([name for name, said in context["consent"]["categoryPreferences"].items() if said])
    if context.get("consentManagement") is not None:
        words.append(context["consentManagement"].get("allowedConsentIds") or [])
    levels = [max([0, *(CATEGORIES.get(name.lower(), 0) for name in names)]) for names in words]
    return min(levels, default=None)


def _when(item: Mapping[str, Any], sent_at: Any, received: datetime) -> datetime | None:
    said = item.get("originalTimestamp", item.get("timestamp"))
    if said is None:
        return received
    sent = item.get("sentAt", sent_at)
    try:
        at = datetime.fromisoformat(said)
        behind = timedelta() if sent is None else received - datetime.fromisoformat(sent)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    at = at + behind if abs(behind) > timedelta(seconds=60) else at
    return at if received - timedelta(days=730) <= at <= received + timedelta(days=1) else None
