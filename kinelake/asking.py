"""The options of `kinelake analyze` as a request; wrong use (exit 2) names the option and its choices."""

import difflib
from collections.abc import Mapping

import typer
from pydantic import ValidationError

from motion.request import Activity, Exercise, Joint, Request

_ALL_JOINTS = "all"
_PRESENTATION = {"joints", "language", "measurement_system"}
"""Options that change what is shown of a session, not whose it is."""


def requested(video: object, demo: str | None, options: Mapping[str, object]) -> Request:
    """The request for a film, or for the demo session of an activity."""
    if (video is None) is (demo is None):
        raise typer.BadParameter("name a film, or --demo for a synthetic person, and not both.", param_hint="VIDEO")
    return asked(**options) if demo is None else asked_of_demo(Activity(demo), options)


def asked_of_demo(activity: Activity, options: Mapping[str, object]) -> Request:
    """The demo session's own request, shown as asked; BadParameter for an option that would change the person."""
    from motion.synthetic import demo_request

    others = [name for name, value in options.items() if name not in _PRESENTATION and value not in (None, False)]
    if others:
        raise typer.BadParameter("does not go with --demo.", param_hint=f"--{others[0].replace('_', '-')}")
    shown = {"joints": _joints(str(options["joints"])), **{name: options[name] for name in _PRESENTATION - {"joints"}}}
    return Request.model_validate({**demo_request(activity).model_dump(), **shown})


def asked(**options: object) -> Request:
    """The request of the options; BadParameter (exit 2) names the option that is wrong or missing, and its choices."""
    given = {name: value for name, value in options.items() if value is not None}
    if "activity" not in given:
        raise typer.BadParameter(f"name one of {', '.join(Activity)}.", param_hint="--activity")
    given["exercise"] = _exercise(given.get("exercise"))
    given["joints"] = _joints(str(given["joints"]))
    try:
        return Request.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0] if first["loc"] else "exercise")
        message = f"{first['msg'].removeprefix('Value error, ')}."
        raise typer.BadParameter(message, param_hint=f"--{name.replace('_', '-')}") from None


def _exercise(named: object) -> Exercise | None:
    """The exercise however its words are put together: `Overhead Squat`, overhead-squat, overhead_squat."""
    if named is None:
        return None
    try:
        return Exercise(str(named))
    except ValueError:
        message = f"{named!r} is not one of {', '.join(Exercise)}{_nearest(str(named))}"
        raise typer.BadParameter(message, param_hint="--exercise") from None


def _nearest(named: str) -> str:
    spelled = {exercise.casefold().replace("_", " "): exercise for exercise in Exercise}
    close = difflib.get_close_matches(named.casefold().replace("_", " ").replace("-", " "), spelled, n=1)
    return f"; did you mean {spelled[close[0]]}?" if close else "."


def _joints(listed: str) -> frozenset[Joint]:
    names = {name.strip() for name in listed.split(",")}
    if _ALL_JOINTS in names:
        return frozenset(Joint)
    if not names <= set(Joint):
        message = f"{listed!r}: write some of {', '.join(Joint)} with commas, or {_ALL_JOINTS}."
        raise typer.BadParameter(message, param_hint="--joints")
    return frozenset(Joint(name) for name in names)
