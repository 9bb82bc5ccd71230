"""The stream motion_landmarks: where 33 points of the person are in every frame of a film, and the angles of it.

What a message says is what documents say: pixels, visibility and metres with three decimals, which 32 bits hold.
"""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from schemas.motion.tables import FAMILY, MOTION_ANGLES, RETENTION_DAYS, Version
from schemas.shared.client import ClientEvent, ClientStruct
from schemas.shared.invalid import FieldError
from schemas.shared.quantities import AnyNumber, Milliseconds, Ordinal, Single
from schemas.shared.stream import Stream

POINTS: Final = 33
"""Of MediaPipe's pose landmark model, in its order."""
PIXELS: Final = ("x", "y")
SEEN: Final = (*PIXELS, "visibility")
WORLD: Final = ("world_x", "world_y", "world_z")
MOST_ANGLES: Final = 100

Visibility: TypeAlias = Annotated[float, Meta(ge=0, le=1, extra={"dtype": "float32"})]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Points: TypeAlias = Annotated[list[Single], Meta(min_length=POINTS, max_length=POINTS)]


class Film(ClientStruct, kw_only=True):
    """What a message says once for its frames."""

    analysis_version: Annotated[Version, Meta(description="The version of the analysis that found it.")]


class Frame(ClientEvent, kw_only=True):
    """One frame of a film; without lists where the person was not found."""

    frame_number: Annotated[Ordinal, Meta(description="Which of the analysed frames, from 0.")]
    elapsed_ms: Annotated[Milliseconds, Meta(description="When it was filmed, from the first one, in real time.")]
    another_person: Annotated[bool, Meta(description="Somebody else was seen in it, and is left out.")] = False
    x: Annotated[
        Points | None,
        Meta(description="The 33 points' x in the upright film, MediaPipe's order.", extra={"unit": "px"}),
    ] = None
    y: Annotated[Points | None, Meta(description="Their y, downwards.", extra={"unit": "px"})] = None
    visibility: Annotated[
        Annotated[list[Visibility], Meta(min_length=POINTS, max_length=POINTS)] | None,
        Meta(description="How surely each is seen, 0–1."),
    ] = None
    world_x: Annotated[
        Points | None, Meta(description="Metres from the mid-hip, as the model guesses.", extra={"unit": "m"})
    ] = None
    world_y: Annotated[Points | None, Meta(description="Downwards.", extra={"unit": "m"})] = None
    world_z: Annotated[Points | None, Meta(description="Towards the camera negative.", extra={"unit": "m"})] = None
    angle_names: Annotated[
        Annotated[list[Name], Meta(max_length=MOST_ANGLES)] | None, Meta(description="The angles that are known in it.")
    ] = None
    angle_values: Annotated[
        Annotated[list[AnyNumber], Meta(max_length=MOST_ANGLES)] | None,
        Meta(description="Their values, in the same order.", extra={"unit": "degrees"}),
    ] = None


def faulty(event: ClientEvent) -> FieldError | None:
    """Lists of a frame that do not belong together."""
    assert isinstance(event, Frame)
    for names in (SEEN, WORLD):
        if len({getattr(event, name) is None for name in names}) > 1:
            return FieldError(names[0], f"is given with {' and '.join(names[1:])}, or none of them is")
    if len(event.angle_names or ()) != len(event.angle_values or ()):
        return FieldError("angle_values", "must have a value for each of angle_names")
    return None


LANDMARKS = Stream(
    name="motion_landmarks",
    path=None,
    description="The person's points in every frame of a film, a row for each frame and analysis.",
    consent_level=2,
    head=Film,
    items="frames",
    events=(Frame,),
    event_type="frame",
    listed=None,
    family=FAMILY,
    check=faulty,
    table="motion_landmarks",
    log_only=("angle_names", "angle_values"),
    derived_tables=(MOTION_ANGLES,),
    retention_days=RETENTION_DAYS,
    example={
        "session_id": "01900000-0000-7000-8000-000000000001",
        "analysis_version": "1",
        "frames": [
            {
                "frame_number": 0,
                "elapsed_ms": 0,
                "x": [540.25] * POINTS,
                "y": [round(100 + 25.5 * point, 1) for point in range(POINTS)],
                "visibility": [0.99] * POINTS,
                "angle_names": ["left_knee_angle", "trunk_lean"],
                "angle_values": [4.25, 1.5],
            }
        ],
    },
)
