"""The fields of an upload beside its film: which there are for an activity, and the request for an analysis of them.

What each may be says `motion.request.Request`; here is how a form writes it. A field that is empty is not given.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from control.people import Profile
from motion.request import EXERCISES, Activity, Exercise, Joint, Language, Request
from web.problems import FieldError, invalid

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
    """What is to be analysed; what is not said of the body is the profile's. Raises the 400 with all that is wrong."""
    given, wrong = _read(activity, said)
    wrong += _missing(activity, said)
    if wrong:
        raise invalid(*wrong)
    return Request.model_validate({"activity": activity, **_of_profile(profile), **given})


def wrong_in(activity: Activity, said: Mapping[str, str], *, whole: bool) -> list[FieldError]:
    """All that is wrong with the fields that are there, and unless others may follow with those that are not."""
    return [*_read(activity, said)[1], *(_missing(activity, said) if whole else [])]


def as_json(request: Request) -> dict[str, Any]:
    """The request as it lies on the log and in control: JSON, without what is not given and without the name."""
    said = request.model_dump(mode="json", exclude_none=True, exclude={"session_name"})
    return {**said, "joints": sorted(said["joints"])}


def _of_profile(profile: Profile) -> dict[str, Any]:
    own = {"height_cm": profile.height_cm, "weight_kg": profile.weight_kg, "language": profile.language or Language.EN}
    return {name: value for name, value in own.items() if value is not None}


def _read(activity: Activity, said: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldError]]:
    """Members of a request, of those fields that can be read, and what is wrong."""
    given: dict[str, Any] = {}
    wrong: list[FieldError] = []
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        **{name: (name, _number) for name in numbers_of(activity)},
        MIRRORED: (MIRRORED, _mirrored),
        SESSION_NAME: (SESSION_NAME, str),
        JOINTS: ("joints", _joints),
        **(dict.fromkeys(EXERCISE, ("exercise", partial(_exercise, activity))) if EXERCISES[activity] else {}),
    }
    for name, (member, reader) in readers.items():
        try:
            given |= {member: reader(said[name])} if name in said else {}
        except ValueError as error:
            wrong.append(FieldError(name, str(error)))
    return given, [*wrong, *_twice(activity, said), *_beyond(activity, given)]


def _beyond(activity: Activity, given: Mapping[str, Any]) -> list[FieldError]:
    """What is read well and breaks a bound of a request."""
    some = {"exercise": next(iter(EXERCISES[activity]), None)}
    try:
        Request.model_validate({"activity": activity, **some, **given})
    except ValidationError as error:
        return [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
    return []


def _number(text: str) -> str:
    """Digits as JSON has them: libraries read more than that as numbers."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("must be a number")
    return text


def _mirrored(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError("must be true or false")
    return text.lower() in _YES


def _joints(text: str) -> frozenset[Joint]:
    named = {name.strip().lower() for name in text.split(",")} - {""}
    unknown = named - {*Joint, "all"}
    if unknown:
        raise ValueError(f"there are {', '.join(Joint)} and all, and not {', '.join(sorted(unknown))}")
    return frozenset(Joint) if "all" in named or not named else frozenset(map(Joint, named))


def _exercise(activity: Activity, text: str) -> Exercise:
    there = EXERCISES[activity]
    try:
        found = Exercise(text)
    except ValueError:
        found = None
    if found not in there:
        raise ValueError(f"must be one of {', '.join(there)}")
    return found


def _missing(activity: Activity, said: Mapping[str, str]) -> list[FieldError]:
    if not EXERCISES[activity] or any(name in said for name in EXERCISE):
        return []
    return [FieldError(EXERCISE[0], f"must be given: {', '.join(EXERCISES[activity])}")]


def _twice(activity: Activity, said: Mapping[str, str]) -> list[FieldError]:
    """The exercise, where its two names say two things."""
    named = {said[name] for name in EXERCISE if name in said}
    if not EXERCISES[activity] or len(named) < 2:
        return []
    return [FieldError(EXERCISE[0], "and exercise_name are one field; give one of them")]
