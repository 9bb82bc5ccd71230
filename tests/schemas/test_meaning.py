"""The digest is of what is meant: any order and spelling of a body has one, a change of meaning another."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.media.events import STREAM
from schemas.shared.invalid import Invalid
from schemas.shared.meaning import deeper
from schemas.shared.validation import EventValidator
from tests.kit.declared import NOTES
from tests.kit.fuzzing import fuzzed

RECEIVED = 1_771_322_400_000_000
VALIDATOR = EventValidator(STREAM)
NOTED = EventValidator(NOTES)
BODY: dict[str, Any] = {
    "event": "heartbeat",
    "session_id": "s",
    "media_id": "m",
    "timestamp": "2026-02-17T10:00:00Z",
    "data": {"position_seconds": 12.0, "dropped_frames": 3, "mood": {"a": 1, "b": [1, {"c": 2.0, "d": None}]}},
    "color": {"x": {"y": 1, "z": 2}},
}
SAME_TIMES = ("2026-02-17T10:00:00Z", "2026-02-17T10:00:00.000+00:00", "2026-02-17t11:00:00.0000009+01:00")


def digest(body: str | dict[str, Any]) -> int:
    text = body if isinstance(body, str) else json.dumps(body)
    return VALIDATOR.accept(text.encode(), RECEIVED).payload_digest


# Made once: to make a strategy costs more than to draw from it.
NULLS = st.integers(0, 2)


@cache
def places(count: int) -> st.SearchStrategy[list[int]]:
    return st.permutations(range(count))


@cache
def one_of(*spellings: str) -> st.SearchStrategy[str]:
    return st.sampled_from(spellings)


def respelt(draw: Any, value: Any) -> str:
    """The same JSON value with its keys in any order, numbers in any spelling, nulls beside its keys."""
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}:{respelt(draw, inner)}" for name, inner in value.items()]
        members += [f'"null{n}":null' for n in range(draw(NULLS))]
        return "{" + " ,".join(members[place] for place in draw(places(len(members)))) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(respelt(draw, inner) for inner in value) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        number = int(value)
        zeros = [f"{number}.0", f"{number}.000", f"{number}e0", *([f"{number}0e-1"] if number else [])]
        return str(draw(one_of(str(number), *zeros, *(["-0.0", "-0"] if number == 0 else []))))
    return json.dumps(value)


UNKNOWN = st.recursive(
    st.booleans()
    | st.integers(-(2**70), 2**70).filter(lambda n: float(n) == n)
    | st.floats(-1e9, 1e9)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), unknown=st.dictionaries(st.sampled_from(["u", "v", "w"]), UNKNOWN), position=st.integers(0, 99))
@fuzzed(300)
def test_any_respelling_of_a_body_has_the_same_digest(data: st.DataObject, unknown: Any, position: int) -> None:
    inner = {**BODY["data"], "position_seconds": position, **unknown}
    body = {**BODY, **unknown, "data": inner}
    other = {**body, "timestamp": data.draw(st.sampled_from(SAME_TIMES))}
    assert digest(respelt(data.draw, other)) == digest(body)


@given(data=st.data(), details=st.dictionaries(st.sampled_from(["u", "null", "1.0"]), UNKNOWN))
@fuzzed(300)
def test_any_respelling_of_a_free_form_object_has_the_same_text_and_digest(data: st.DataObject, details: Any) -> None:
    assume(not deeper(details, 7))
    one, other = (
        NOTED.accept(f'{{"text":"t","details":{text}}}'.encode(), RECEIVED)
        for text in (json.dumps(details), respelt(data.draw, details))
    )
    assert one.fields["details"] == other.fields["details"]
    assert one.payload_digest == other.payload_digest
    assert json.loads(one.fields["details"]) == details


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ('{"b":1.50,"a":[1e2,-0.0,"1.0 null 1e5"]}', '{"a":[100,0,"1.0 null 1e5"],"b":1.5}'),
        ('{"a":null,"b":[null]}', '{"b":[null]}'),
        ('{"a":1e300,"b":1e-7,"c":18446744073709551616}', '{"a":1e300,"b":1e-7,"c":18446744073709551616.0}'),
        ('{"a":9007199254740993}', '{"a":9007199254740993}'),
    ],
)
def test_a_free_form_object_is_written_by_value(details: str, text: str) -> None:
    written = NOTED.accept(f'{{"text":"t","details":{details}}}'.encode(), RECEIVED).fields["details"]
    assert json.loads(written) == json.loads(text)
    assert [*json.loads(written)] == [*json.loads(text)]


def changed(**fields: Any) -> dict[str, Any]:
    return {**BODY, **fields}


CHANGES = [
    changed(session_id="t"),
    changed(media_type="audio"),
    changed(timestamp="2026-02-17T10:00:00.000001Z"),
    changed(data={**BODY["data"], "position_seconds": 12.5}),
    changed(data={**BODY["data"], "dropped_frames": 0}),
    changed(data={**BODY["data"], "mood": {"a": 1, "b": [{"c": 2}, 1]}}),
    changed(data={**BODY["data"], "mood": {"a": 1, "b": [1, {"c": 2.5}]}}),
    changed(data={**BODY["data"], "mood": {"a": "1", "b": [1, {"c": 2}]}}),
    changed(data={**BODY["data"], "mood": {"a": True, "b": [1, {"c": 2}]}}),
    changed(color={"x": {"y": 2, "z": 1}}),
    changed(color={"x": {}}),
    changed(color=9007199254740993),
    changed(color=9007199254740992),
    changed(color=None),
]


def test_every_change_of_meaning_has_another_digest() -> None:
    assert len({digest(body) for body in [BODY, *CHANGES]}) == len(CHANGES) + 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (changed(), changed(media_type="video")),
        (changed(), changed(media_type=None)),
        (changed(), changed(event_id="0b7a4c1e-8d53-4e7a-9a51-6d1f0c9b2e44")),
        (changed(), changed(sent_at="2026-02-17T10:00:00Z")),
        (
            changed(event="error", data={"error_code": "E"}),
            changed(event="error", data={"error_code": "E", "fatal": True}),
        ),
        (
            changed(event="error", data={"error_code": "E"}),
            changed(event="error", data={"error_code": "E", "fatal": None}),
        ),
    ],
)
def test_a_default_said_is_a_default_unsaid(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize("depth", [700, 990, 5000])
def test_deep_nesting_in_an_unknown_key_is_refused_as_such(depth: int) -> None:
    body = json.dumps(BODY)[:-1] + ',"deep":' + '{"a":' * depth + "1.0" + "}" * depth + "}"
    with pytest.raises(Invalid, match="nested too deeply"):
        digest(body)
