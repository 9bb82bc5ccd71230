"""Numbers, times and ids that strangers write: each is taken or refused by its field's name, alone or in a batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.media.events import STREAM
from schemas.shared.invalid import Invalid
from schemas.shared.validation import EventValidator
from tests.ingest_gateway.conftest import Gateway
from tests.kit.fuzzing import fuzzed

pytestmark = pytest.mark.anyio

RECEIVED = 1_771_322_400_000_000
VALIDATOR = EventValidator(STREAM)
# One draw for all digits: one for each would be most of a case's time.
DIGITS = st.binary(min_size=1, max_size=400).map(lambda drawn: "".join(str(byte % 10) for byte in drawn))
# Zeros before a number are no JSON, and then no field is to blame.
WHOLE = DIGITS.map(lambda digits: digits.lstrip("0") or "0")
NUMBERS = st.one_of(
    st.sampled_from(["25.0", "1e2", "25.5", "-0.0", "-0", "1e400", "-1e400", "1e308", "1e-400", "9" * 4301, "2e1"]),
    st.builds("{}{}.{}e{}{}".format, st.sampled_from(["", "-"]), WHOLE, DIGITS, st.sampled_from("+-"), DIGITS),
    WHOLE,
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
TIMES = st.one_of(
    st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2016-12-31T23:59:60Z", "now"]),
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([+-][0-9]{2}:[0-9]{2}|Z)", fullmatch=True
    ),
).map('"{}"'.format)
IDS = st.text(st.characters(codec="utf-8", exclude_characters='"\\'), min_size=1, max_size=130)
IDS = IDS.filter(lambda text: all(ord(character) >= 32 for character in text)).map('"{}"'.format)
FIELDS = {
    "session_id": IDS,
    "media_id": IDS,
    "timestamp": TIMES,
    "sent_at": TIMES,
    "position_seconds": NUMBERS,
    "dropped_frames": NUMBERS,
    "current_bitrate": NUMBERS,
    "playback_rate": NUMBERS,
    "x": NUMBERS | TIMES | IDS,
}
VALID = {
    "session_id": '"s"',
    "media_id": '"m"',
    "timestamp": '"2026-02-17T10:00:00Z"',
    "position_seconds": "1",
}


def written(wrong: dict[str, str]) -> str:
    values = {**VALID, **wrong}
    inner = ("position_seconds", "dropped_frames", "current_bitrate", "playback_rate", "x")
    data = ",".join(f'"{name}":{values[name]}' for name in inner if name in values)
    top = ",".join(f'"{name}":{value}' for name, value in values.items() if name not in inner)
    return f'{{"event":"heartbeat",{top},"data":{{{data}}}}}'


WRONG = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name]))


def is_to_blame(name: str, field: str) -> bool:
    """What sent_at makes of a time is the timestamp's fault; in an unknown key only a number nobody holds is wrong."""
    return name == "x" or field.rpartition(".")[2] in {name, *(["timestamp"] if name == "sent_at" else [])}


def blamed(body: str) -> str | None:
    """The field that the first reason names, or None where the event is valid."""
    try:
        VALIDATOR.accept(body.encode(), RECEIVED)
    except Invalid as refused:
        return refused.errors[0].field
    return None


@given(WRONG)
@fuzzed(3000)
def test_whatever_stands_in_a_field_the_event_is_valid_or_the_field_is_named(wrong: tuple[str, str]) -> None:
    name, value = wrong
    field = blamed(written({name: value}))
    assert field is None or is_to_blame(name, field)


@given(wrong=WRONG, batch=st.booleans())
@fuzzed(300)
async def test_whatever_stands_in_a_field_is_taken_or_refused_by_its_name(
    gateway: Gateway, wrong: tuple[str, str], batch: bool
) -> None:
    name, value = wrong
    body = written({name: value})
    answer = await gateway.post((f'{{"events":[{body}]}}' if batch else body).encode())
    assert answer.status_code in (202, 400), answer.text
    if answer.status_code == 400:
        told = answer.json()
        errors = told["results"][0]["errors"] if told.get("results") else told["errors"]
        assert is_to_blame(name, errors[0]["field"])
