"""The words of the page: in every language the same, and for all that an analysis may say."""

import re
import string
from pathlib import Path

import pytest

from motion.faults import Unfit
from motion.lifting.phases import JERKED, PULLED, WITHOUT_KNEES
from motion.request import Activity, Language
from query_api.motion.demo import demo_analysis
from query_api.motion.page.shown import HEIGHT_METHOD
from query_api.motion.page.words import words

MOTION = Path(__file__).parents[3] / "motion"


@pytest.mark.parametrize("language", Language)
def test_words_have_the_same_keys_and_gaps_in_every_language(language: Language) -> None:
    english, other = words(Language.EN).words, words(language).words
    assert {table: list(of) for table, of in english.items()} == {table: list(of) for table, of in other.items()}
    for table, of in english.items():
        for key, text in of.items():
            assert gaps(text) == gaps(other[table][key]), (table, key)


@pytest.mark.parametrize("activity", Activity)
def test_every_phase_of_every_activity_has_a_word(activity: Activity) -> None:
    analysis = demo_analysis(activity)
    named = {phase.name for phase in analysis.findings.phases}
    assert named
    assert named <= set(words(Language.EN).words["phase"])


def test_every_phase_of_a_lift_has_a_word() -> None:
    assert {*PULLED, *JERKED, *WITHOUT_KNEES} <= set(words(Language.EN).words["phase"])


def test_every_note_that_an_analysis_makes_has_a_sentence() -> None:
    written = set(words(Language.EN).words["note"])
    made = set(re.findall(r'yield f?"([a-z_]+)(?::\{|")', sources()) + re.findall(r'\(?f"([a-z_]+):\{', sources()))
    assert {"far_side", "one_side", "oblique", "heel_risen", "within_frame_error", "implausible"} <= made
    assert made - {HEIGHT_METHOD} <= written
    assert {str(Unfit.NO_PERSON), str(Unfit.TOO_SHORT), str(Unfit.FRAME_RATE)} <= set(
        words(Language.EN).words["failure"]
    )


def sources() -> str:
    """All that findings of activities are made by."""
    rooms = ("running", "jumping", "lifting", "squat")
    files = [file for room in rooms for file in (MOTION / room).glob("*.py")]
    return "".join(file.read_text() for file in [*files, MOTION / "readings.py", MOTION / "ranges.py"])


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
