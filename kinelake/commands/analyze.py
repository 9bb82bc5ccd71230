"""`kinelake analyze`: from a film of one person to numbers, pictures and a report, without a server."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

PERSON, EXERCISE, FILM, RESULT = "About the person", "About the exercise", "About the film", "About the result"


class GroupedOptions(TyperCommand):
    """A command whose help shows its options in the groups that they name."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """One section for each group, in the order in which the options stand."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(parameter, "rich_help_panel", None) or "Options", []).append(record)
        for name, records in groups.items():
            with formatter.section(name):
                formatter.write_dl(records)


def analyze(
    video: Annotated[
        Path | None,
        typer.Argument(metavar="VIDEO", exists=True, dir_okay=False, help="The film.", rich_help_panel="Arguments"),
    ] = None,
    activity: Annotated[
        Literal["running", "jumping", "weightlifting", "mobility-assessment"] | None,
        typer.Option(help="What is done in it; needed.", show_default=False, rich_help_panel=EXERCISE),
    ] = None,
    exercise: Annotated[
        str | None,
        typer.Option(
            help="Needed except for running. Jumping: Countermovement Jump, Drop Jump. Weightlifting: snatch, clean, "
            "clean_and_jerk. Mobility-assessment: Overhead Squat, Joint Angle Mobility.",
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    barbell_mass: Annotated[
        float | None,
        typer.Option(metavar="KG", help="The loaded bar; without it there are no watts.", rich_help_panel=EXERCISE),
    ] = None,
    treadmill_speed_kmh: Annotated[
        float | None, typer.Option(metavar="KM/H", help="Speed of the belt.", rich_help_panel=EXERCISE)
    ] = None,
    incline_degree: Annotated[
        float | None, typer.Option(metavar="DEGREES", help="Slope of the belt, + uphill.", rich_help_panel=EXERCISE)
    ] = None,
    box_height_cm: Annotated[
        float | None, typer.Option(metavar="CM", help="The box of a drop jump.", rich_help_panel=EXERCISE)
    ] = None,
    height_cm: Annotated[
        float | None,
        typer.Option(metavar="CM", help="Body height; the scale of metres and m/s.", rich_help_panel=PERSON),
    ] = None,
    weight_kg: Annotated[
        float | None, typer.Option(metavar="KG", help="Body weight, for power in jumps.", rich_help_panel=PERSON)
    ] = None,
    capture_fps: Annotated[
        float | None,
        typer.Option(metavar="FPS", help="Frames per second when filmed, for slow motion.", rich_help_panel=FILM),
    ] = None,
    mirrored: Annotated[
        bool,
        typer.Option("--mirrored", help="The film shows a mirror image, as front cameras do.", rich_help_panel=FILM),
    ] = False,
    demo: Annotated[
        Literal["running", "jumping", "weightlifting", "mobility-assessment"] | None,
        typer.Option(help="Instead of a film: a synthetic person, labelled as such.", rich_help_panel=FILM),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the results, by default the film's name and -analysis; an earlier analysis is replaced.",
            rich_help_panel=RESULT,
        ),
    ] = None,
    joints: Annotated[
        str,
        typer.Option(help="Angles to keep, with commas: ankle, knee, elbow, hip, shoulder.", rich_help_panel=RESULT),
    ] = "all",
    session_name: Annotated[
        str | None, typer.Option(help="Title; by default exercise and date.", rich_help_panel=RESULT)
    ] = None,
    language: Annotated[
        Literal["en", "de", "es", "fr", "it", "ro"], typer.Option(help="Of the report.", rich_help_panel=RESULT)
    ] = "en",
    measurement_system: Annotated[
        Literal["metric", "imperial"],
        typer.Option(help="Units of texts and pages; files stay metric.", rich_help_panel=RESULT),
    ] = "metric",
) -> None:
    """Measures how one person runs, jumps, lifts or squats in a film of one phone."""
    from kinelake.asking import requested

    options = {
        "activity": activity,
        "exercise": exercise,
        "barbell_mass": barbell_mass,
        "treadmill_speed_kmh": treadmill_speed_kmh,
        "incline_degree": incline_degree,
        "box_height_cm": box_height_cm,
        "height_cm": height_cm,
        "weight_kg": weight_kg,
        "capture_fps": capture_fps,
        "mirrored": mirrored,
        "joints": joints,
        "session_name": session_name,
        "language": language,
        "measurement_system": measurement_system,
    }
    request = requested(video, demo, options)

    from kinelake.analyzing import analysed, print_summary
    from kinelake.logs import configure_logs

    configure_logs("warning", "auto", "analyze")
    print_summary(analysed(video, request, out))
