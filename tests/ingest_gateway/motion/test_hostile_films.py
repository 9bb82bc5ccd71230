"""Films that are none, or too much, or odd, over real HTTP to a real process: each has its answer, and leaves nothing.

The process that takes them lives through all of them with bounded memory, calls nobody, and leaves no child behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from motion.request import Activity
from tests.kit.motion.film_site import SQUAT, FilmSite
from tests.kit.odd_films import Maker
from tests.kit.running import waiting
from tests.kit.uploaded_films import (
    ABOVE,
    ABOVE_OF_ACTIVITY,
    FAILING,
    NO_FILM,
    ODD_FILMS,
    PLAIN_FILMS,
    OfActivity,
    made,
)

MOST_MEMORY = 64 * 2**20
"""Beyond what the process had before the first film."""
REFUSED = {
    **{name: OfActivity(Activity.MOBILITY, SQUAT["exercise"], *case) for name, case in {**NO_FILM, **ABOVE}.items()},
    **ABOVE_OF_ACTIVITY,
}
TAKEN = {**PLAIN_FILMS, **ODD_FILMS, **{name: make for name, (make, _) in FAILING.items()}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilmSite]:
    """Asked once by the end whether it is the process that it was."""
    with FilmSite(tmp_path_factory.mktemp("place") / "data") as running:
        assert running.upload(made(PLAIN_FILMS["h264 mp4"], running.site.data)).is_success
        waiting(running.compiled)
        before, rest = running.pids(), running.rest_bytes()
        yield running
        assert running.process.poll() is None
        assert running.pids() == before
        assert running.peak_bytes() - rest < MOST_MEMORY
        assert not [line for line in running.log_lines() if "child_died" in line or "request_failed" in line]


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_film_that_is_not_taken_is_400_with_the_reason_and_leaves_nothing(
    place: FilmSite, tmp_path: Path, case: OfActivity
) -> None:
    before = place.kept()
    fields = {"exercise": case.exercise} if case.exercise else {}
    answer = place.upload(made(case.make, tmp_path), case.activity, fields)
    assert (answer.status_code, list(answer.json()), list(answer.json()["errors"])) == (
        400, ["error", "errors"], ["video"],
    )  # fmt: skip
    (why,) = answer.json()["errors"]["video"]
    assert case.words in why
    assert str(place.site.data) not in answer.text, "a reason names no path of this machine"
    assert place.kept() == before


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN)
def test_what_phones_and_cameras_write_is_taken_however_odd(place: FilmSite, tmp_path: Path, make: Maker) -> None:
    before = place.kept()
    answer = place.upload(made(make, tmp_path))
    assert answer.status_code == 200, answer.text
    after = place.kept()
    session = place.control.motion_sessions.get(answer.json()["session_id"])
    assert session is not None
    assert sorted(set(after.files) - set(before.files)) == [session.video]
    assert (after.sessions, after.messages, after.temporary) == (before.sessions + 1, before.messages + 1, [])
