"""Films and pictures stay while their session has them, for so many days, and go with whatever ends that."""

import threading
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from jobs.blobs import sweep
from jobs.motion import BLOBS
from jobs.retention import retain
from schemas.motion import SESSIONS
from sinks.decided import RECORDS, Decision
from sinks.withdrawn import withdraw
from tests.jobs.motion.kept.conftest import PARTITIONS, Do, Films
from tests.kit.cases import TENANT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NONE = {blobs.folder: 0 for blobs in BLOBS}


def swept(films: Films) -> Mapping[str, int]:
    """How many went, by folder of the stream's."""
    gone = sweep(films.lake, films.clock(), threading.Event())
    return {name: gone[name] for name in NONE}


def test_an_upload_that_nobody_took_goes_after_the_grace(films: Films) -> None:
    films.lake.blobs.put("motion-uploads/0123", b"half a film")
    taken = films.session()
    films.flow()
    films.passing(23 * HOUR)
    assert swept(films) == NONE
    films.passing(2 * HOUR)
    assert swept(films) == {**NONE, "motion-uploads": 1}
    assert films.blobs() == {taken.video}


def test_a_film_that_no_session_has_goes_and_what_was_drawn_last_stays(films: Films) -> None:
    session, of_nobody = films.session(), "motion-videos/somebody/original-0.mp4"
    films.lake.blobs.put(of_nobody, b"of an upload that died")
    older, _ = films.analysed(session)
    newer, picture = films.analysed(session, "2")
    films.flow()
    films.passing(2 * DAY)
    assert swept(films) == {**NONE, "motion-videos": 2}
    assert films.blobs() == {session.video, newer, picture}
    assert older not in films.blobs()


def test_pictures_of_a_session_without_an_analysis_go(films: Films) -> None:
    session = films.session()
    film, picture = films.drawn(session)
    films.flow()
    films.passing(2 * DAY)
    assert swept(films) == {**NONE, "motion-videos": 1, "motion-pictures": 1}
    assert films.blobs() == {session.video}
    assert not {film, picture} & films.blobs()


def test_films_and_pictures_go_after_their_days_and_rows_stay(films: Films) -> None:
    session = films.session()
    films.analysed(session)
    films.flow()
    films.passing(183 * DAY - HOUR)
    retain(films.lake, films.clock())
    assert swept(films) == NONE
    films.passing(2 * HOUR)
    retain(films.lake, films.clock())
    assert swept(films) == {**NONE, "motion-videos": 2, "motion-pictures": 1}
    known = films.lake.control.motion_sessions.get(session.id)
    assert known is not None
    assert (known.status, known.analysed_video) == ("done", None)
    assert all(rows.height for rows in films.rows().values())
    films.passing(730 * DAY)
    retain(films.lake, films.clock())
    assert not any(rows.height for rows in films.rows().values())


def test_what_control_knows_of_a_session_goes_with_its_rows(films: Films, do: Do) -> None:
    old = films.session()
    films.lake.control.motion_sessions.configure(old.id, comments={"knee_angle": "look"})
    films.flow()
    films.passing(729 * DAY)
    new = films.session()
    assert do("forget_filmed") == "finished"
    known = films.lake.control.motion_sessions
    assert known.get(old.id) is not None
    films.passing(2 * DAY)
    assert do("forget_filmed", "later") == "finished"
    assert (known.get(old.id), known.config(old.id)) == (None, None)
    assert not films.lake.control.written.of(f"session:{old.id}")
    assert known.get(new.id) is not None


def test_where_consent_was_taken_back_films_go_with_the_rows(films: Films) -> None:
    zoe, ann = films.session("zoe"), films.session("ann")
    for session in (zoe, ann):
        films.analysed(session)
    films.flow()
    before = films.clock() - HOUR
    levels = pl.DataFrame([(TENANT, "zoe", before, 1)], RECORDS, orient="row")
    decision = Decision(SESSIONS, levels, before)
    withdraw(films.lake.location, decision, range(PARTITIONS), nobody_asked, lambda: None)
    films.passing(2 * DAY)
    assert swept(films) == {**NONE, "motion-videos": 2, "motion-pictures": 1}
    assert len(films.blobs()) == 3
    assert all(ann.id in name for name in films.blobs())


def nobody_asked(_: pl.DataFrame) -> None:
    raise AssertionError("motion folds no sessions")


def test_a_film_whose_row_is_still_on_its_way_stays_however_long_the_flow_stands_still(films: Films) -> None:
    session = films.session()
    films.clock.pass_(10 * DAY)
    assert swept(films) == NONE
    films.flow()
    assert swept(films) == NONE
    assert films.blobs() == {session.video}


def test_films_of_demo_sessions_are_nobodys_to_sweep(films: Films) -> None:
    films.lake.blobs.put("motion-demo/running/original.mp4", b"film")
    films.session()
    films.flow()
    films.passing(400 * DAY)
    swept(films)
    assert films.lake.blobs.names("motion-demo") == ["motion-demo/running/original.mp4"]
