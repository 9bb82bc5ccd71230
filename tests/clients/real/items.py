"""Items of the Segment protocol as they passed the front door: just enough of each to know it again."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.clients.real.front import Front, Seen

MARK = "mark"
"""A property by which a test knows an item again, in requests and in rows."""
UNREAD = ("/v1/cmcd/", "/v1/m")


class Sent(NamedTuple):
    """An item: its own id, type, event, mark; what the request got."""

    id: str
    type: str
    event: str
    mark: str
    status: int
    taken: bool


def sent(front: Front) -> Iterator[Sent]:
    """Each as often as it was sent."""
    for seen in list(front.seen):
        if seen.method == "POST" and not seen.path.startswith(UNREAD):
            yield from (_sent(item, seen) for item in _items(json.loads(seen.body)))


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = body.get("batch", [body])
    return items


def _sent(item: dict[str, Any], seen: Seen) -> Sent:
    mark = (item.get("properties") or {}).get(MARK, "")
    return Sent(item["messageId"], item["type"], item.get("event", ""), mark, seen.status, seen.taken)
