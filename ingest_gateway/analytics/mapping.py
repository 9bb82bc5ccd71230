"""One item of the Segment protocol as a row of `analytics_events`: what docs/segment.md has as a table."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ingest_gateway.analytics.values import (
    LONGEST_KIND,
    LONGEST_NAME,
    fitting,
    named,
    number,
    object_as_text,
    required,
    url,
    urls_masked,
)
from ingest_gateway.analytics.wire import Item, said

NAVIGATION: Final = "navigation"
IDENTITY: Final = "identity"


class Row(Struct, omit_defaults=True):
    """The stream's own columns, in their order; `properties` is the text of an object."""

    event_name: str
    event_category: str
    resource_type: str | None = None
    resource_id: str | None = None
    page_url: str | None = None
    referrer_url: str | None = None
    numeric_value: float | None = None
    properties: str | None = None


Page: TypeAlias = Mapping[str, Any]
"""What the context says of the page."""


def track(item: Item, page: Page) -> Row:
    """Something that a person did."""
    properties = item.properties
    if properties is None:
        return Row(required(item.event), "track")
    return Row(
        required(item.event),
        fitting(properties.get("category"), LONGEST_KIND) or "track",
        numeric_value=number(properties.get("value"), properties.get("revenue")),
        properties=object_as_text(properties),
    )


def page(item: Item, page: Page) -> Row:
    """A page that was seen."""
    properties = item.properties or {}
    path = fitting(properties.get("path"), LONGEST_NAME) or fitting(page.get("path"), LONGEST_NAME)
    return Row(
        "page.view",
        NAVIGATION,
        "page",
        named(item.name) or path,
        url(properties.get("url"), page.get("url")),
        url(properties.get("referrer"), page.get("referrer")),
        properties=None if item.properties is None else object_as_text(urls_masked(properties)),
    )


def screen(item: Item, page: Page) -> Row:
    """A screen of an app that was seen."""
    properties = None if item.properties is None else object_as_text(item.properties)
    return Row("screen.view", NAVIGATION, "screen", named(item.name), properties=properties)


def identify(item: Item, page: Page) -> Row:
    """That a person is known from here on; nothing of what is known."""
    return Row("identify", IDENTITY)


def group(item: Item, page: Page) -> Row:
    """That a person belongs to a group."""
    return Row("group", IDENTITY, "group", required(said(item.group_id)))


MAPPINGS: Final[Mapping[str, Callable[[Item, Page], Row]]] = {
    "track": track,
    "page": page,
    "screen": screen,
    "identify": identify,
    "group": group,
}
"""Type → its mapping."""
