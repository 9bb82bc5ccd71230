"""Processes of ours import nothing from where they are started, and their end is told as what it was."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jobs.apart import run_apart
from jobs.child import LAST_WORDS, answered, how_it_ended, started, surrounded

SPEAKS = "tests.kit.speaking"


@pytest.fixture
def odd_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a file for every module of Python's and some of ours that ends whoever imports it."""
    for name in (*sys.stdlib_module_names, "jobs", "schemas", "tests", "numpy", "polars", "kinelake"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the working folder was imported')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seen_path() -> list[str]:
    return sys.path


@pytest.mark.usefixtures("odd_folder")
def test_a_child_and_its_children_import_nothing_from_the_working_folder() -> None:
    ended = answered(SPEAKS, ["path"], 60)
    assert (ended.code, ended.last_words) == (0, "")
    for path in json.loads(ended.output):
        assert not {"", os.getcwd()} & set(path)


@pytest.mark.usefixtures("odd_folder")
def test_neither_does_work_apart() -> None:
    assert not {"", os.getcwd()} & set(run_apart(threading.Event(), seen_path))


def test_a_pythonpath_that_was_set_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert str(tmp_path) in json.loads(answered(SPEAKS, ["path"], 60).output)[0]


def test_variables_of_a_child_are_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_TEST_OURS", "ours")
    ours = dict(os.environ)
    with surrounded({"KINELAKE_TEST_OURS": "theirs", "KINELAKE_TEST_OWN": "own"}):
        assert os.environ == ours, "another thread may be going through it"
        assert {("KINELAKE_TEST_OURS", "theirs"), ("KINELAKE_TEST_OWN", "own")} <= inherited().items()
    assert ("KINELAKE_TEST_OURS", "ours") in inherited().items()
    assert "KINELAKE_TEST_OWN" not in inherited()


def inherited() -> dict[str, str]:
    """What a process begins with that is given nothing of its own."""
    lines = subprocess.run(["env", "-0"], capture_output=True, check=True).stdout.decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


@pytest.mark.parametrize("said", ["/home/anna/squat.mp4", "anna.mp4"])
def test_the_last_words_are_bounded_and_name_no_argument(said: str) -> None:
    ended = answered(SPEAKS, ["last words", said], 60)
    assert ended.code == 3
    assert len(ended.last_words) == LAST_WORDS
    assert ended.last_words.endswith("cannot read …")


def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(TimeoutError, match=r"0\.01 s"):
        answered(SPEAKS, ["never"], 0.01)


def test_a_start_that_fails_is_an_error_of_its_own() -> None:
    child = started("no.such.module", [], {}, stderr=-3)
    assert child.wait(60) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "ended with exit code 0"),
        (7, "ended with exit code 7"),
        (-11, "was killed by SIGSEGV"),
        (-50, "was killed by signal 50"),
    ],
)
def test_an_exit_code_is_told_in_words(code: int, said: str) -> None:
    assert how_it_ended(code) == said
