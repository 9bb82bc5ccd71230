"""Why a body is no event: the field as the client wrote it, and a reason for a person to read."""

import re
from dataclasses import dataclass

import msgspec

from schemas.shared.times import parsed

_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One reason for a refusal: the field as a dotted path into the body ("" for the body itself), and why."""

    field: str
    message: str


class Invalid(Exception):
    """The body is not an event of this stream; `errors` says which field and why."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


def time_of(value: str, field: str) -> int:
    """A client's time in µs since 1970; raises Invalid where it is none or is not admitted."""
    try:
        return parsed(value)
    except ValueError as error:
        raise Invalid(FieldError(field, str(error))) from None


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a decoder raises of bytes that are none of ours."""


def invalid_of(error: Exception) -> Invalid:
    """Why a decoder refused a body (UNREADABLE)."""
    if isinstance(error, msgspec.ValidationError):
        return Invalid(_located(error))
    if isinstance(error, RecursionError):
        return Invalid(FieldError("", "is nested too deeply"))
    return Invalid(FieldError("", f"not JSON: {error}"))


def _located(error: msgspec.ValidationError) -> FieldError:
    """msgspec says "Expected `float`, got `str` - at `$.data.position_seconds`"; a missing field is in the reason."""
    match = _PLACE.match(str(error))
    assert match is not None
    path = (match["path"] or "").lstrip(".")
    missing = _MISSING.search(match["reason"])
    parts = [path] if path else []
    return FieldError(".".join([*parts, missing["name"]] if missing else parts), match["reason"])
