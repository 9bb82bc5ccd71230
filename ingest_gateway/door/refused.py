"""What is refused at the door: counted by name, and named in the answer."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter

HEADER: Final = "X-Refused"
CONSENT: Final = "consent_required"
FOREIGN_ORIGIN: Final = "foreign_origin"
OTHER_ORGANISATION: Final = "other_organisation"
UNKNOWN_KEY: Final = "unknown_key"

REFUSED = Counter(
    "kinelake_door_refusals", "Items of clients with write keys that were not taken.", ["source", "reason"]
)


def count(source: str, refused: Mapping[str, int]) -> None:
    """By the names that the code has for them."""
    for reason, items in refused.items():
        REFUSED.labels(source, reason).inc(items)


def said(refused: Mapping[str, int]) -> str:
    """The value of the header, such as `consent_required=2, no_session=1`."""
    return ", ".join(f"{reason}={items}" for reason, items in refused.items())


def unknown_key() -> dict[str, str]:
    """The header of an answer to a key that nobody knows: nothing of its body was read."""
    return {HEADER: said({UNKNOWN_KEY: 1})}
