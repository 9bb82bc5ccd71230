"""The fields of an upload beside its film: which there are for an activity, and the request for an analysis of them.

What each may be says `motion.request.Request`; here is how a form writes it. A field that is empty is not given.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from control.people import Profile
from motion.request import EXERCISES, Activity, Exercise, Joint, Language, Request
from web.problems import FieldError, Problem, invalid

JOINTS: Final = "body_joint_angles"
"""A comma list, or given several times; `all` stands for every one."""
USER_ID: Final = "user_id"
SESSION_NAME: Final = "session_name"
EXERCISE: Final = ("exercise", "exercise_name")
"""Two names of one field."""
MIRRORED: Final = "mirrored"
NUMBERS: Final[Mapping[Activity, tuple[str, ...]]] = {
    Activity.RUNNING: ("incline_degree", "treadmill_speed_kmh"),
    Activity.JUMPING: ("box_height_cm",),
    Activity.WEIGHTLIFTING: ("barbell_mass",),
    Activity.MOBILITY: (),
}
"""Of each activity, beside those of all."""
OF_ALL: Final = ("height_cm", "weight_kg", "capture_fps")
LONGEST_TEXT: Final = 1024
"""Bytes of a field, before it is looked at."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,9})?")
_YES, _NO = ("true", "1"), ("false", "0")


def numbers_of(activity: Activity) -> tuple[str, ...]:
    """The fields that are numbers."""
    return (*OF_ALL, *NUMBERS[activity])


def texts_of(activity: Activity) -> Mapping[str, int]:
    """Every field that is read beside the film, with the bytes it may have."""
    names = (USER_ID, SESSION_NAME, *EXERCISE, MIRRORED, JOINTS, *numbers_of(activity))
    return dict.fromkeys(names, LONGEST_TEXT)


def request_of(activity: Activity, said: Mapping[str, str], profile: Profile) -> Request:
    """What is to be analysed; what is not said of the body is the profile's. Raises the 400, field by field."""
    given = {
        **_of_profile(profile),
        **{name: _number(name, said[name]) for name in numbers_of(activity) if name in said},
        **({MIRRORED: _mirrored(said[MIRRORED])} if MIRRORED in said else {}),
        **({SESSION_NAME: said[SESSION_NAME]} if SESSION_NAME in said else {}),
        "joints": _joints(said.get(JOINTS, "all")),
        "exercise": _exercise(activity, said),
    }
    try:
        return Request.model_validate({"activity": activity, **given})
    except ValidationError as error:
        raise _invalid(error) from None


def as_json(request: Request) -> dict[str, Any]:
    """The request as it lies on the log and in control: JSON, without what is not given and without the name."""
    said = request.model_dump(mode="json", exclude_none=True, exclude={"session_name"})
    return {**said, "joints": sorted(said["joints"])}


def _of_profile(profile: Profile) -> dict[str, Any]:
    own = {"height_cm": profile.height_cm, "weight_kg": profile.weight_kg, "language": profile.language or Language.EN}
    return {name: value for name, value in own.items() if value is not None}


def _number(name: str, text: str) -> str:
    """Digits as JSON has them: libraries read more than that as numbers."""
    if _NUMBER.fullmatch(text) is None:
        raise invalid(FieldError(name, "must be a number"))
    return text


def _mirrored(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise invalid(FieldError(MIRRORED, "must be true or false"))
    return text.lower() in _YES


def _joints(text: str) -> frozenset[Joint]:
    named = {name.strip().lower() for name in text.split(",")} - {""}
    unknown = named - {*Joint, "all"}
    if unknown:
        raise invalid(FieldError(JOINTS, f"there are {', '.join(Joint)} and all, and not {', '.join(sorted(unknown))}"))
    return frozenset(Joint) if "all" in named or not named else frozenset(map(Joint, named))


def _exercise(activity: Activity, said: Mapping[str, str]) -> Exercise | None:
    """Of those that the activity has; None for one that has none. Raises the 400."""
    there = EXERCISES[activity]
    named = {said[name] for name in EXERCISE if name in said}
    if not there:
        return None
    if len(named) != 1:
        wrong = "must be given" if not named else "and exercise_name are one field; give one of them"
        raise invalid(FieldError(EXERCISE[0], f"{wrong}: {', '.join(there)}"))
    found = _named(named.pop())
    if found not in there:
        raise invalid(FieldError(EXERCISE[0], f"must be one of {', '.join(there)}"))
    return found


def _named(text: str) -> Exercise | None:
    try:
        return Exercise(text)
    except ValueError:
        return None


def _invalid(error: ValidationError) -> Problem:
    return invalid(*(FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()))
