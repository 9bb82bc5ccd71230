"""Example traffic as the accepted events that the reference folds."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kinelake.example.traffic import ClientEvent
from schemas.shared.times import parsed


def accepted(
    events: Iterable[ClientEvent],
    tenant: str,
    subject_of: Callable[[str], str] = str,
    device_of: Callable[[str], tuple[str | None, str | None]] = lambda _: (None, None),
) -> list[dict[str, Any]]:
    """`subject_of` a person's name; `device_of` a User-Agent is (device_type, browser_family)."""
    return [_event(event, tenant, subject_of, device_of) for event in events]


def _event(
    event: ClientEvent,
    tenant: str,
    subject_of: Callable[[str], str],
    device_of: Callable[[str], tuple[str | None, str | None]],
) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(event.body)
    device_type, browser_family = device_of(event.person.user_agent)
    return {
        **body,
        "tenant": tenant,
        "subject": subject_of(event.person.name),
        "occurred_at": parsed(body["timestamp"]),
        "received_at": event.arrived,
        "country_code": event.person.place.country or None,
        "device_type": device_type,
        "browser_family": browser_family,
    }
