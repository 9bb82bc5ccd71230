"""Malformed requests with pose frames: what is sent, and the status, code, field and reason it gets."""

import dataclasses
import gzip
from collections.abc import Mapping
from typing import Any

import msgspec

from tests.kit.pose_rows import body, frame

MIB = 2**20
NOT_33 = "must have 33 values"


@dataclasses.dataclass(frozen=True)
class Bad:
    """A request and its refusal; `field` is None where no field is named, `index` the frame's."""

    name: str
    body: Any
    field: str | None = None
    reason: str = ""
    code: str = "invalid_event"
    status: int = 400
    index: int | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    method: str = "POST"
    token: Mapping[str, Any] | None = dataclasses.field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


def second(name: str, wrong: str, reason: str, place: str | None = None, **fields: Any) -> Bad:
    """A request whose second frame has one wrong field."""
    found = f"frames[1].{wrong if place is None else place}"
    return Bad(name, body([frame(1), frame(2, **fields)]), found, reason, index=1)


def head(name: str, wrong: str, reason: str, **fields: Any) -> Bad:
    """A request that says something wrong once for all of its frames."""
    said = {name: value for name, value in {**body([frame()]), **fields}.items() if value is not ...}
    return Bad(name, said, wrong, reason)


VALID = msgspec.json.encode(body([frame()]))
BAD_BODIES = [
    Bad("an empty body", b"", "", "not JSON"),
    Bad("a body that is no JSON", b"frames=1", "", "malformed"),
    Bad("a body cut off", VALID[:-20], "", "truncated"),
    Bad("something behind the request", VALID + b"x", "", "trailing characters"),
    Bad("a byte that is no UTF-8", VALID.replace(b"squat", b"\xff"), "", "not JSON"),
    Bad("NaN for a coordinate", VALID.replace(b"0.125", b"NaN", 1), "", "malformed"),
    Bad("Infinity for a coordinate", VALID.replace(b"0.125", b"Infinity", 1), "", "malformed"),
    Bad("null", b"null", "", "Expected `object`, got `null`"),
    Bad("an array of frames", [frame()], "", "Expected `object`, got `array`"),
    Bad("an empty object", {}, "session_id", "missing required field"),
    Bad("a single frame", frame(), "session_id", "missing required field"),
    Bad("nested too deep", b'{"frames":' + b"[" * 10_000, "", "nested too deeply"),
]
HEADS = [
    head("no session", "session_id", "missing required", session_id=...),
    head("a session that is null", "session_id", "got `null`", session_id=None),
    head("a session that is a number", "session_id", "got `int`", session_id=5),
    head("an empty session", "session_id", "length >= 1", session_id=""),
    head("a session of 129 characters", "session_id", "length <= 128", session_id="s" * 129),
    head("a session with a line break", "session_id", "not printable", session_id="a\nb"),
    head("no media", "media_id", "missing required", media_id=...),
    head("a media id that is a list", "media_id", "got `array`", media_id=[]),
    head("a media id with an override", "media_id", "not printable", media_id="a\u202eb"),
    head("sent at no time", "sent_at", "with an offset", sent_at="now"),
    head("no frames", "frames", "missing required", frames=...),
    head("frames that are null", "frames", "got `null`", frames=None),
    head("frames that are an object", "frames", "got `object`", frames={}),
    Bad("an empty array of frames", body([]), "frames", "must not be empty", code="invalid_request"),
    Bad("301 frames", body([frame()] * 301), code="too_many_events", status=413),
    Bad("a frame that is a number", body([frame(), 7]), "frames[1]", "Expected `object`", index=1),  # type: ignore[list-item]
]
FIELDS = [
    second("no frame number", "frame_number", "missing required", frame_number=...),
    second("a frame number that is null", "frame_number", "got `null`", frame_number=None),
    second("a negative frame number", "frame_number", ">= 0", frame_number=-1),
    second("half a frame", "frame_number", "got `float`", frame_number=1.5),
    second("a frame number beyond 2^53", "frame_number", "<=", frame_number=2**53 + 2),
    second("a frame number as text", "frame_number", "got `str`", frame_number="1"),
    second("no elapsed time", "elapsed_ms", "missing required", elapsed_ms=...),
    second("a negative elapsed time", "elapsed_ms", ">= 0", elapsed_ms=-0.1),
    second("more than a day", "elapsed_ms", "<=", elapsed_ms=86_400_001),
    second("an elapsed time that is true", "elapsed_ms", "got `bool`", elapsed_ms=True),
    *(
        second(f"{what} of {name}", name, NOT_33, **dict[str, Any]({name: value}))
        for name in ("landmark_x", "landmark_y", "landmark_z", "landmark_visibility")
        for what, value in (("32", [0.5] * 32), ("none", []), ("null", None), ("nothing", ...))
    ),
    second("34 of landmark_x", "landmark_x", "length <= 33", landmark_x=[0.5] * 34),
    second("a coordinate that is null", "", "got `null`", "landmark_x[32]", landmark_x=[0.5] * 32 + [None]),
    second("a coordinate as text", "", "got `str`", "landmark_y[0]", landmark_y=["0.5"] + [0.5] * 32),
    second("a coordinate beyond 32 bits", "", "<=", "landmark_z[1]", landmark_z=[0, 1e39] + [0.5] * 31),
    second("a visibility above 1", "", "<= 1", "landmark_visibility[2]", landmark_visibility=[1, 1, 1.5] + [1] * 30),
    second("a visibility below 0", "", ">= 0", "landmark_visibility[0]", landmark_visibility=[-0.5] + [1] * 32),
    second("landmarks that are an object", "landmark_x", "got `object`", landmark_x={}),
    second(
        "one list among empty ones", "landmark_y", NOT_33, landmark_y=[], landmark_z=[], landmark_visibility=[],
        landmarks_detected=0,
    ),
    second(
        "four empty lists of somebody", "landmark_x", "say landmarks_detected: 0", landmark_x=[], landmark_y=[],
        landmark_z=[], landmark_visibility=[],
    ),
    second("34 landmarks detected", "landmarks_detected", "<= 33", landmarks_detected=34),
    second("a confidence above 1", "pose_confidence", "<= 1", pose_confidence=1.01),
    second("a negative repetition", "rep_count", ">= 0", rep_count=-1),
    second("half a repetition", "rep_count", "got `float`", rep_count=0.5),
    second("a score as text", "form_score", "got `str`", form_score="good"),
    second("a negative score", "form_score", ">= 0", form_score=-1),
    second("a range beyond a turn", "rom_degrees", "<= 360", rom_degrees=361),
    second("an empty phase", "active_exercise_phase", "length >= 1", active_exercise_phase=""),
    second("a phase of 65 characters", "active_exercise_phase", "length <= 64", active_exercise_phase="p" * 65),
    second("a phase with a tab", "active_exercise_phase", "not printable", active_exercise_phase="a\tb"),
    second("a resolution in words", "camera_resolution", "regex", camera_resolution="hd"),
    second("a resolution of nothing", "camera_resolution", "regex", camera_resolution="0x480"),
    second("a resolution of one number", "camera_resolution", "regex", camera_resolution="640"),
    second("a negative processing time", "processing_time_ms", ">= 0", processing_time_ms=-1),
    second("a session of its own", "session_id", "is the request's", session_id="another"),
    second("a time that is none", "timestamp", "with an offset", timestamp="now"),
    Bad("1e400 for a coordinate", VALID.replace(b"0.125", b"1e400", 1), None, "out of range", index=0),
    Bad("a frame above 16 KiB", body([frame(), frame(2, note="n" * 16384)]), "frames[1]", "16384 bytes",
        code="event_too_large", status=413, index=1),
]  # fmt: skip
AROUND = [
    Bad("a body above 4 MiB", b" " * (4 * MIB + 1), code="body_too_large", status=413),
    Bad("a gzip bomb", gzip.compress(b" " * (5 * MIB)), code="body_too_large", status=413,
        headers={"Content-Encoding": "gzip"}),
    Bad("gzip that is none", VALID, code="body_corrupt", headers={"Content-Encoding": "gzip"}),
    Bad("text", VALID, code="unsupported_media_type", status=415, headers={"Content-Type": "text/plain"}),
    Bad("an empty Idempotency-Key", VALID, "Idempotency-Key", "1 to 255", code="invalid_idempotency_key",
        headers={"Idempotency-Key": ""}),
    Bad("no token", VALID, code="token_missing", status=401, token=None),
    Bad("a system's token", VALID, code="role_forbidden", status=403, token={"role": "system"}),
    Bad("consent level 1", VALID, code="consent_required", status=403, token={"consent": 1}),
    Bad("PUT", VALID, code="method_not_allowed", status=405, method="PUT"),
]  # fmt: skip
TABLE = [*BAD_BODIES, *HEADS, *FIELDS, *AROUND]
