"""A version of the analysis finds what it found when it was new: whoever changes that gives it another number."""

import pytest

from jobs.motion.version import ANALYSIS_VERSION
from motion.documents.threads import RULES_VERSION
from tests.kit.motion.found import everything, kept

CLOSE = 1e-6
"""What another machine computes otherwise, absolute or relative."""


def test_the_version_names_the_rules_of_texts() -> None:
    assert ANALYSIS_VERSION.partition(".")[2] == str(RULES_VERSION)


def test_this_version_finds_what_it_found_when_it_was_new() -> None:
    before, now = kept(), everything()
    assert list(now) == list(before)
    assert now.pop("mediapipe") == before.pop("mediapipe"), "another model finds people elsewhere"
    for name, found in now.items():
        known = before[name]
        for part in ("metrics", "angles", "phases"):
            assert found[part] == pytest.approx(known[part], rel=CLOSE, abs=CLOSE), (
                f"{part} of {name} changed: give the analysis another ANALYSIS_VERSION (jobs/motion/version.py), "
                "then run python -m tests.kit.motion.found"
            )
        assert found["texts"] == known["texts"], f"texts of {name} changed: RULES_VERSION grows, the version too"
