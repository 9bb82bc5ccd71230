"""Bodies of CMCD: what is taken with which ids and times, what is refused by which name, and what is too much."""

from unittest.mock import Mock

import pytest

from ingest_gateway.media.cmcd import MOST_BYTES, MOST_RECORD_BYTES, MOST_RECORDS, CmcdReading
from schemas.shared.times import DAY_US, moment
from tests.kit.players import RECORDED_AT, opened, plain, read
from web.problems import Problem

TS = RECORDED_AT // 1000
RECORD = f'cid="film-1",e=t,sid="s",sn=3,sta=p,ts={TS},v=2'


def test_a_record_becomes_rows() -> None:
    heartbeat, play = sorted(plain(read(RECORD).said), key=lambda row: str(row["event_type"]))
    everywhere = {
        "session_id": "s",
        "subject": "hmac of session:s",
        "media_id": "film-1",
        "media_type": "video",
        "occurred_at": moment(RECORDED_AT),
    }
    assert {**play, "event_id": ""} == {**everywhere, "event_type": "play", "event_id": "", "sequence": 12}
    assert {**heartbeat, "event_id": ""} == {
        **everywhere, "event_type": "heartbeat", "event_id": "", "sequence": 13, "playback_rate": 1.0
    }  # fmt: skip


def test_a_line_end_after_a_record_and_lines_without_one_are_nothing() -> None:
    once = read(RECORD).said
    assert read(f"{RECORD}\n").said == read(f"\r\n\n{RECORD}\r\n \n").said == once
    assert read("").said == []
    assert len(read(f"{RECORD}\n{RECORD},x=1").said) == 2 * len(once)


def test_ids_follow_from_the_record_and_the_part() -> None:
    again = [item.event.event_id for item in read(RECORD).said]
    assert again == [item.event.event_id for item in read(RECORD).said]
    others = [item.event.event_id for item in read(RECORD.replace("sn=3", "sn=4")).said]
    assert len({*again, *others}) == 4
    assert [item.event.event_id for item in read(RECORD, id_of=str).said] == [f"{RECORD}\n0", f"{RECORD}\n1"]


def test_a_record_without_a_number_has_no_sequence() -> None:
    records = [RECORD.replace(",sn=3", ""), RECORD.replace("sn=3", "sn=-3"), RECORD.replace("sn=3", f"sn={2**51}")]
    assert not any("sequence" in row for row in plain(read("\n".join(records)).said))


def test_times_of_ten_digits_are_seconds() -> None:
    said = read(RECORD.replace(f"ts={TS}", f"ts={TS // 1000}")).said
    assert {item.event.occurred_at for item in said} == {TS // 1000 * 1_000_000}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('sid="s",', "", "no_session"),
        ('sid="s"', 'sid=""', "no_session"),
        ('sid="s"', "sid=s", "no_session"),
        ('sid="s"', 'sid="{}"'.format("s" * 129), "bad_session"),
        ('sid="s"', 'sid="a\u200bb"', "bad_session"),
        ('sid="s"', 'sid="\u202ex"', "bad_session"),
        ('cid="film-1"', 'cid="{}"'.format("s" * 129), "bad_media"),
        ('cid="film-1"', 'cid="\x7f"', "bad_media"),
        (f"ts={TS},", "", "bad_time"),
        (f"ts={TS}", "ts=now", "bad_time"),
        (f"ts={TS}", "ts=-5", "bad_time"),
        (f"ts={TS}", "ts=0", "bad_time"),
        (f"ts={TS}", f"ts={TS + DAY_US // 1000 + 1}", "bad_time"),
        (f"ts={TS}", f"ts={TS - 730 * DAY_US // 1000 - 1}", "bad_time"),
        (f"ts={TS}", f"ts={'9' * 15}", "bad_time"),
        ("v=2", "v=3", "version"),
        ("v=2", 'v="3"', "version"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name_and_not_its_neighbours(before: str, after: str, reason: str) -> None:
    assert before in RECORD
    found = read(f"{RECORD.replace(before, after)}\n{RECORD}\nnothing")
    assert found.refused == ({"no_session": 2} if reason == "no_session" else {reason: 1, "no_session": 1})
    assert found.said == read(RECORD).said


@pytest.mark.parametrize(("ts", "taken"), [(TS + DAY_US // 1000, True), (TS - 730 * DAY_US // 1000, True)])
def test_times_at_the_very_bounds_are_taken(ts: int, taken: bool) -> None:
    assert bool(read(RECORD.replace(f"ts={TS}", f"ts={ts}")).said) is taken


def test_how_old_a_record_may_be_is_a_setting() -> None:
    record = RECORD.replace(f"ts={TS}", f"ts={TS - 3 * DAY_US // 1000}").encode()
    assert CmcdReading(2)(opened(), record).refused == {"bad_time": 1}
    assert CmcdReading(3)(opened(), record).said


@pytest.mark.parametrize("version", ["v=1", "v=0", "v=x", ""])
def test_versions_up_to_2_and_unreadable_ones_are_taken(version: str) -> None:
    assert len(read(RECORD.replace("v=2", version)).said) == 2


def test_the_url_says_what_a_player_does_not() -> None:
    record = f'e=ps,sid="s",sta=s,ts={TS},v=2'
    (row,) = plain(read(record, query={"media": "film-9", "duration": "61.5", "media_type": "exercise"}).said)
    assert (row["media_id"], row["total_duration_seconds"], row["media_type"]) == ("film-9", 61.5, "exercise")
    (row,) = plain(read(record).said)
    assert (row["media_id"], row["media_type"]) == ("unknown", "video")
    assert "total_duration_seconds" not in row
    (row,) = plain(read(f'cid="film-1",{record}', query={"media": "film-9"}).said)
    assert row["media_id"] == "film-1"


@pytest.mark.parametrize("duration", ["0", "-1", "nan", "inf", "1e8", "1:00", "", "٦٠0"])
def test_a_duration_that_is_none_is_not_taken(duration: str) -> None:
    (row,) = plain(read(f'e=ps,sid="s",sta=s,ts={TS},v=2', query={"duration": duration}).said)
    assert "total_duration_seconds" not in row


@pytest.mark.parametrize("said", ["", "x" * 65, "\u200b"])
def test_a_media_type_that_fits_no_column_is_not_taken(said: str) -> None:
    assert {row["media_type"] for row in plain(read(RECORD, query={"media_type": said}).said)} == {"video"}


def test_a_media_id_of_the_url_that_is_none_is_refused() -> None:
    assert read(f'e=t,sid="s",sta=p,ts={TS}', query={"media": "x" * 129}).refused == {"bad_media": 1}


def test_with_a_token_all_is_its_persons() -> None:
    assert {item.subject for item in read(RECORD, person="p" * 64).said} == {"p" * 64}


def test_who_a_session_is_of_is_worked_out_once_a_request() -> None:
    asked = Mock(side_effect=str.upper)
    body = "\n".join([RECORD] * 5 + [RECORD.replace('"s"', '"r"')] * 5)
    assert {item.subject for item in read(body, subject_of=asked).said} == {"SESSION:S", "SESSION:R"}
    assert asked.call_count == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("\n".join([RECORD] * (MOST_RECORDS + 1)), "too_many_records"),
        (f'{RECORD},cen="{"x" * MOST_RECORD_BYTES}"', "record_too_large"),
        (f'{RECORD},cen="{"ü" * (MOST_RECORD_BYTES // 2)}"', "record_too_large"),
        ("\n" * (MOST_BYTES + 1), "request_too_large"),
    ],
)
def test_too_much_is_refused_whole(body: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read(body)
    assert (refused.value.status, refused.value.code) == (413, code)


def test_as_much_as_there_may_be_is_taken() -> None:
    assert len(read("\n".join([RECORD] * MOST_RECORDS)).said) == 2 * MOST_RECORDS
    padded = f'{RECORD},cen="{"x" * (MOST_RECORD_BYTES - len(RECORD) - len(",cen=") - 2)}"'
    assert len(padded) == MOST_RECORD_BYTES
    assert read(padded).said


def test_bytes_that_are_no_text_cost_only_their_member() -> None:
    (play, _) = plain(read(RECORD.encode().replace(b"film-1", b"film\xff")).said)
    assert play["media_id"].isascii()
    assert read(RECORD.encode().replace(b"e=t", b"e=\xff")).said
