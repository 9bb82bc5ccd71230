"""Values of strangers as columns of the stream `analytics` may have them: the bounds are those of its declaration."""

import math
from collections.abc import Mapping
from typing import Any, Final

from ingest_gateway.analytics.refused import BAD_EVENT, TOO_LARGE, Refused
from schemas.analytics import Track
from schemas.shared.body import text_of
from schemas.shared.fields import fields_of
from schemas.shared.invalid import Invalid
from schemas.shared.masking import masked_url
from schemas.shared.text import printable

_FIELDS: Final = {field.name: field for field in fields_of(Track)}
LONGEST_NAME: Final[int] = _FIELDS["event_name"].bare.max_length  # type: ignore[attr-defined]
LONGEST_KIND: Final[int] = _FIELDS["event_category"].bare.max_length  # type: ignore[attr-defined]
LONGEST_URL: Final[int] = _FIELDS["page_url"].bare.max_length  # type: ignore[attr-defined]
BOUNDS: Final = _FIELDS["properties"].extra
DIRECT: Final = "$direct"
"""What RudderStack's SDK says for no referrer."""
_SIGNS: Final = ("?", "#", "/")
"""How a part of a URL begins that has parameters."""


def fitting(value: Any, most: int) -> str | None:
    """A text of 1 to `most` printable characters; None for anything else."""
    return value if isinstance(value, str) and 0 < len(value) <= most and printable(value) else None


def named(value: str | None) -> str | None:
    """A name, None where there is none; raises Refused for one that its column does not hold."""
    if value is None or value == "":
        return None
    if len(value) > LONGEST_NAME or not printable(value):
        raise Refused(BAD_EVENT)
    return value


def required(value: str | None) -> str:
    """A name that must be there; raises Refused."""
    found = named(value)
    if found is None:
        raise Refused(BAD_EVENT)
    return found


def number(*values: Any) -> float | None:
    """The first of them that is a number, without a sign of zero."""
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = _finite(value)
            if found is not None:
                return found
    return None


def _finite(value: float) -> float | None:
    try:
        found = float(value) + 0.0
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def url(*values: Any) -> str | None:
    """The first of them that is a URL as its column may have it, masked."""
    for value in values:
        if isinstance(value, str) and 0 < len(value) <= LONGEST_URL and value != DIRECT:
            return masked_url(value)
    return None


def urls_masked(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties that an SDK filled in unasked: URLs and queries among them are masked as the columns are."""
    return {name: masked_url(value) if _has_parameters(value) else value for name, value in properties.items()}


def object_as_text(value: dict[str, Any]) -> str:
    """A free-form object as its column has it; raises Refused where it is too large or too deep."""
    try:
        return text_of(value, "", BOUNDS)
    except (Invalid, RecursionError):
        raise Refused(TOO_LARGE) from None


def _has_parameters(value: Any) -> bool:
    return isinstance(value, str) and (value.startswith(_SIGNS) or "://" in value)
