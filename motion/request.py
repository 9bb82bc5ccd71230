"""What a person asks of an analysis: the upload's fields, their closed sets and limits, in one place."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, Field, model_validator


class Activity(StrEnum):
    """What is done in the video, as it stands in paths."""

    RUNNING = "running"
    JUMPING = "jumping"
    WEIGHTLIFTING = "weightlifting"
    MOBILITY = "mobility-assessment"


class Exercise(StrEnum):
    """The exercises of all activities, as the contract spells them.

    Made of what people write: case, hyphens, underscores and blanks make no difference, and the contract's other
    spelling, Overhead Squad, is the same exercise.
    """

    OVERHEAD_SQUAT = "Overhead Squat"
    JOINT_ANGLE_MOBILITY = "Joint Angle Mobility"
    COUNTERMOVEMENT_JUMP = "Countermovement Jump"
    DROP_JUMP = "Drop Jump"
    SNATCH = "snatch"
    CLEAN = "clean"
    CLEAN_AND_JERK = "clean_and_jerk"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        named = _letters(value) if isinstance(value, str) else ""
        return next(
            (member for member in cls if named in {_letters(member), _letters(_ALSO.get(member, member))}), None
        )


_ALSO = {Exercise.OVERHEAD_SQUAT: "Overhead Squad"}
"""Spellings of the contract beside the members' own."""


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class Joint(StrEnum):
    """The joints whose angles can be asked for."""

    ANKLE = "ankle"
    KNEE = "knee"
    ELBOW = "elbow"
    HIP = "hip"
    SHOULDER = "shoulder"


class Language(StrEnum):
    """The languages that texts exist in."""

    EN = "en"
    DE = "de"
    ES = "es"
    FR = "fr"
    IT = "it"
    RO = "ro"


class MeasurementSystem(StrEnum):
    """What lengths and weights are written in; numbers in files stay metric."""

    METRIC = "metric"
    IMPERIAL = "imperial"


EXERCISES: dict[Activity, tuple[Exercise, ...]] = {
    Activity.RUNNING: (),
    Activity.JUMPING: (Exercise.COUNTERMOVEMENT_JUMP, Exercise.DROP_JUMP),
    Activity.WEIGHTLIFTING: (Exercise.SNATCH, Exercise.CLEAN, Exercise.CLEAN_AND_JERK),
    Activity.MOBILITY: (Exercise.OVERHEAD_SQUAT, Exercise.JOINT_ANGLE_MOBILITY),
}

ASSUMED_BARBELL_KG = 100.0


class Request(BaseModel, frozen=True, extra="forbid"):
    """One analysis. `barbell_mass` None means that ASSUMED_BARBELL_KG is assumed, and flagged."""

    activity: Activity
    exercise: Exercise | None = None
    session_name: str | None = Field(None, min_length=1, max_length=200)
    joints: frozenset[Joint] = frozenset(Joint)
    height_cm: float | None = Field(None, ge=100, le=250)
    weight_kg: float | None = Field(None, ge=20, le=300)
    capture_fps: float | None = Field(None, gt=0, le=1000)
    mirrored: bool = False
    barbell_mass: float | None = Field(None, gt=0, le=600)
    treadmill_speed_kmh: float | None = Field(None, gt=0, le=50)
    incline_degree: float | None = Field(None, ge=-45, le=45)
    box_height_cm: float | None = Field(None, gt=0, le=300)
    language: Language = Language.EN
    measurement_system: MeasurementSystem = MeasurementSystem.METRIC

    @model_validator(mode="after")
    def _exercise_of_the_activity(self) -> Self:
        allowed = EXERCISES[self.activity]
        if allowed and self.exercise is None:
            raise ValueError(f"exercise is required for {self.activity}: one of {', '.join(allowed)}")
        if self.exercise is not None and self.exercise not in allowed:
            raise ValueError(f"exercise {self.exercise} is not one of {self.activity}: {', '.join(allowed) or 'none'}")
        return self
