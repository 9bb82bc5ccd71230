"""Why a body is no event: the field as the client wrote it, and a reason for a person to read."""

from dataclasses import dataclass

from schemas.shared.times import parsed


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
