"""`kinelake analyze` as people type it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest
import typer

from kinelake.asking import asked
from kinelake.commands.analyze import analyze
from motion.request import EXERCISES, Activity, Exercise, Joint, Language, MeasurementSystem, Request
from tests.kit.films import numbered, written
from tests.kit.running import COMMAND

ROOT = Path(__file__).parents[2]
HEAVY = {"mediapipe", "cv2", "scipy", "matplotlib", "numpy", "pydantic", "rich", "av", "reportlab"}


def kinelake(
    *arguments: object, folder: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    command = [COMMAND, "analyze", *map(str, arguments)]
    variables = {"COLUMNS": "200", **(environment or {})}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=variables, timeout=120)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A file that is no film."""
    film = tmp_path / "squat.mp4"
    film.write_text("not a film")
    return film


def choices(option: str) -> set[str]:
    """What the command lets one choose from."""
    annotation, _ = get_args(analyze.__annotations__[option])
    literals = [member for member in get_args(annotation) if member is not type(None)]
    return {str(value) for member in literals for value in (get_args(member) or (member,))}


def test_the_choices_are_those_of_a_request() -> None:
    assert choices("activity") == choices("demo") == set(Activity)
    assert choices("language") == set(Language)
    assert choices("measurement_system") == set(MeasurementSystem)


def test_every_field_of_a_request_is_an_option() -> None:
    assert set(Request.model_fields) <= set(analyze.__annotations__)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--exercise", "snatch"], "name one of running, jumping, weightlifting, mobility-assessment"),
        (["--activity", "jumping"], "one of Countermovement Jump, Drop Jump"),
        (["--activity", "running", "--exercise", "snatch"], "exercise snatch is not one of running"),
        (["--activity", "jumping", "--exercise", "hop"], "'hop' is not one of Overhead Squat"),
        (["--activity", "swimming"], "--activity"),
        (["--activity", "running", "--height-cm", "20"], "--height-cm"),
        (["--activity", "running", "--joints", "knee,toe"], "write some of ankle, knee, elbow, hip, shoulder"),
        (["--activity", "running", "--language", "nl"], "--language"),
        (["--demo", "running"], "a film, or --demo"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_exit_code_two_and_names_the_choices(options: list[str], says: str, film: Path) -> None:
    done = kinelake(film, *options, folder=film.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [[], ["--demo", "running", "--height-cm", "180"], ["--demo", "swimming"]])
def test_a_demo_has_neither_a_film_nor_another_person(options: list[str], tmp_path: Path) -> None:
    done = kinelake(*options, folder=tmp_path)
    assert (done.returncode, "--demo" in done.stderr) == (2, True)


def test_a_file_that_is_no_film_is_refused_in_one_line(film: Path) -> None:
    done = kinelake(film, "--activity", "running", folder=film.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kinelake: ")
    assert done.stderr.count("\n") == 1


def test_a_film_is_looked_at_whatever_else_is_in_the_folder(tmp_path: Path) -> None:
    for name in (*sys.stdlib_module_names, "jobs", "motion", "schemas", "av", "numpy", "cv2"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    film = written(tmp_path / "short.mp4", numbered(20))
    done = kinelake(film, "--activity", "running", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "0.67 s are less than 1" in done.stderr


def test_the_command_takes_overhead_squad(film: Path) -> None:
    options = ("--activity", "mobility-assessment", "--exercise", "Overhead Squad")
    done = kinelake(film, *options, folder=film.parent)
    assert (done.returncode, "exercise" in done.stderr) == (1, False), done.stderr


DEATHS = {
    "crash": ("import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV", ""),
    "no_library": ("sys.modules['av'] = None", "ended with exit code 1", "ModuleNotFoundError"),
}


@pytest.mark.parametrize(("deed", "told", "words"), DEATHS.values(), ids=DEATHS)
def test_a_probe_that_dies_is_no_film_that_is_none(tmp_path: Path, deed: str, told: str, words: str) -> None:
    code = f"import sys\nif 'jobs.video.probe' in sys.orig_argv:\n    {deed}\n"
    (tmp_path / "sitecustomize.py").write_text(code)
    film = written(tmp_path / "anna.mp4", numbered(20))
    done = kinelake(film, "--activity", "running", folder=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    line, message = done.stderr.splitlines()
    assert (json.loads(line)["event"], words in json.loads(line)["last_words"]) == ("child_died", True)
    assert message.startswith(f"kinelake: the file was not looked at: the process that reads it {told}")
    assert "not a video" not in message
    assert not (tmp_path / "anna-analysis").exists()


def test_a_film_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    done = kinelake("nothing.mp4", "--activity", "running", folder=tmp_path)
    assert done.returncode == 2
    assert "nothing.mp4" in done.stderr


@pytest.mark.parametrize("named", ["Drop Jump", "drop-jump", "DROP_JUMP"])
def test_an_exercise_may_be_written_as_one_likes(named: str) -> None:
    assert asked(activity="jumping", exercise=named, joints="all").exercise is Exercise.DROP_JUMP


@pytest.mark.parametrize("named", ["Overhead Squad", "overhead_squad", "OVERHEAD-SQUAT", "overheadsquat"])
def test_the_contract_s_two_spellings_are_one_exercise(named: str) -> None:
    assert asked(activity="mobility-assessment", exercise=named, joints="all").exercise is Exercise.OVERHEAD_SQUAT


@pytest.mark.parametrize(
    ("named", "meant"),
    [("Overhead Squats", "Overhead Squat"), ("clean & jerk", "clean_and_jerk"), ("drop jmp", "Drop")],
)
def test_an_unknown_exercise_is_answered_with_all_and_the_nearest(named: str, meant: str) -> None:
    with pytest.raises(typer.BadParameter) as error:
        asked(activity="running", exercise=named, joints="all")
    assert ", ".join(Exercise) in str(error.value)
    assert f"did you mean {meant}" in str(error.value)


def test_every_exercise_is_found_by_its_name() -> None:
    named = [(activity, exercise) for activity, exercises in EXERCISES.items() for exercise in exercises]
    found = [asked(activity=activity, exercise=str(exercise), joints="all").exercise for activity, exercise in named]
    assert found == [exercise for _, exercise in named]


def test_joints_are_a_list_with_commas() -> None:
    assert asked(activity="running", joints="knee, hip").joints == {Joint.KNEE, Joint.HIP}


def test_an_option_out_of_its_limits_is_named() -> None:
    with pytest.raises(typer.BadParameter, match="100") as error:
        asked(activity="running", joints="all", height_cm=20.0)
    assert error.value.param_hint == "--height-cm"


def test_the_help_loads_nothing_heavy() -> None:
    code = f"import sys, kinelake.cli; print(sorted({HEAVY} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_help_stands_in_groups(tmp_path: Path) -> None:
    said = kinelake("--help", folder=tmp_path).stdout
    titles = ["About the exercise:", "About the person:", "About the film:", "About the result:"]
    assert [line for line in said.splitlines() if line in titles] == titles


@pytest.mark.slow
def test_the_demo_is_analysed_and_says_that_it_is_synthetic(tmp_path: Path) -> None:
    done = kinelake("--demo", "mobility-assessment", "--language", "de", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Kniebeugung, links" in done.stdout
    folder = tmp_path / "demo-mobility-assessment-analysis"
    assert str(folder) in done.stdout
    assert json.loads((folder / "session.json").read_text())["demo"] is True
