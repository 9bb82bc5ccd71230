"""The table of what a record becomes, a line each; then what is kept beside, and what is not kept."""

from typing import Any

import msgspec
import pytest

from ingest_gateway.media.mapping import events_of
from ingest_gateway.media.records import members

DURATION = ',"total_duration_seconds":60.0'
START = {"total_duration_seconds": 60.0}


def made(record: str) -> list[tuple[str, dict[str, Any]]]:
    """Kinds and columns, `data` read as JSON."""
    return [(kind, _columns(columns)) for kind, columns in events_of(members(record), DURATION)]


def _columns(written: str) -> dict[str, Any]:
    columns: dict[str, Any] = msgspec.json.decode("{" + written[1:] + "}")
    if "data" in columns:
        columns["data"] = msgspec.json.decode(columns["data"])["cmcd"]
    return columns


@pytest.mark.parametrize(
    ("record", "events"),
    [
        ("e=ps,sta=s", [("session_start", START)]),
        ("e=ps,sta=d", [("session_start", START)]),
        ("e=ps,sta=p,msd=55", [("session_start", {**START, "video_load_time_ms": 55.0}), ("play", {})]),
        ("e=rr,sta=s,ttfb=4", [("session_start", {**START, "ttfb_ms": 4.0})]),
        ("e=rr,sta=d,ttfb=4", [("session_start", {**START, "ttfb_ms": 4.0})]),
        ("e=rr,sta=s", [("session_start", START)]),
        ("e=rr,sta=p,ttfb=4,br=(700)", []),
        ("e=rr,ttfb=4", []),
        ("e=ps,sta=p", [("session_start", START), ("play", {})]),
        ("e=t,sta=p", [("play", {}), ("heartbeat", {"playback_rate": 1.0})]),
        ("e=ps,sta=r", [("buffering_start", {})]),
        ("e=t,sta=r", [("buffering_start", {})]),
        ("e=ps,sta=a", [("pause", {})]),
        ("e=t,sta=a", [("pause", {})]),
        ("e=ps,sta=k", [("seek", {}), ("buffering_start", {})]),
        ("e=ps,sta=k,pt=30000", [("seek", {"to_seconds": 30.0}), ("buffering_start", {})]),
        ("e=ps,sta=e", [("milestone", {"percent": 95}), ("pause", {})]),
        ("e=t,sta=e", [("milestone", {"percent": 95}), ("pause", {})]),
        ("e=ps,sta=q", [("session_end", {"final_status": "abandoned"})]),
        ("e=ps,sta=f", [("error", {"error_code": "unknown"})]),
        ('e=ps,sta=f,ec=("a" "b")', [("error", {"error_code": "a"})]),
        ("e=e,sta=w,ec=27", [("error", {"error_code": "27", "fatal": False})]),
        ("e=e,sta=f,ec=27", [("error", {"error_code": "27"})]),
        ("e=bc,sta=r,br=(764)", [("quality_change", {"to_bitrate": 764000.0})]),
        ("e=bc", [("quality_change", {})]),
        (
            "e=bc,sta=p,br=(764),pt=1500",
            [
                ("quality_change", {"to_bitrate": 764000.0, "position_seconds": 1.5}),
                ("heartbeat", {"current_bitrate": 764000.0, "position_seconds": 1.5, "playback_rate": 1.0}),
            ],
        ),
        ("e=pr,sta=p,pr=1.5", [("heartbeat", {"playback_rate": 1.5})]),
        (
            "e=ps,sta=p,bsa=(2;v 3;a),bsda=(400;v 300;a),dfa=7,pt=2500,pr=0",
            [
                ("session_start", START),
                ("play", {"position_seconds": 2.5}),
                (
                    "heartbeat",
                    {
                        "position_seconds": 2.5,
                        "buffering_count": 3,
                        "buffering_duration_ms": 400.0,
                        "dropped_frames": 7,
                        "playback_rate": 0.0,
                    },
                ),
            ],
        ),
        ("e=um,sta=p,br=(764)", [("heartbeat", {"current_bitrate": 764000.0, "playback_rate": 1.0})]),
    ],
)
def test_a_record_becomes_what_the_table_says(record: str, events: list[tuple[str, dict[str, Any]]]) -> None:
    assert made(record) == events


def test_a_play_begins_a_session_where_the_url_says_how_long_the_film_is() -> None:
    assert [kind for kind, _ in events_of(members("e=ps,sta=p"), "")] == ["play"]
    assert made("e=ps,sta=p") == [("session_start", START), ("play", {})]


@pytest.mark.parametrize("event", ["c", "b", "m", "um", "pe", "pc", "as", "ae", "abs", "abe", "sk", "ce", "h"])
def test_what_says_nothing_of_playing_is_a_sign_of_life(event: str) -> None:
    assert made(f"e={event},sta=a,bg") == [("heartbeat", {"data": {"e": event, "sta": "a", "bg": True}})]


@pytest.mark.parametrize("record", ["e=ps,sta=w", "e=ps", "e=t", "e=t,sta=s", "e=t,sta=k", "e=pr,sta=d", "e=x,sta=y"])
def test_states_that_are_none_of_the_table_say_nothing(record: str) -> None:
    assert made(record) == [("heartbeat", {"data": members(record)})]


def test_a_record_without_anything_is_a_sign_of_life() -> None:
    assert made("") == [("heartbeat", {})]


@pytest.mark.parametrize(
    ("said", "bits"),
    [
        ("br=(768)", 768_000.0),
        ("br=768", 768_000.0),
        ('br="768"', 768_000.0),
        ("br=(700;v 64;a)", 764_000.0),
        ("br=(700;v)", 700_000.0),
        ("br=(800;av 700;v 64;a)", 800_000.0),
        ("br=(800 700;v 64;a)", 800_000.0),
        ("pb=(200),br=(700),ab=(900)", 200_000.0),
        ("br=(700),ab=(900)", 700_000.0),
        ("ab=(900)", 900_000.0),
        ("br=(1;tt)", None),
        ("br=(99999999999)", None),
        ("br=x", None),
    ],
)
def test_the_bitrate_is_that_of_video_and_audio(said: str, bits: float | None) -> None:
    assert made(f"e=t,sta=p,{said}")[1][1].get("current_bitrate") == bits


@pytest.mark.parametrize("kind", ["l", "ll"])
def test_of_a_live_stream_no_position_is_taken(kind: str) -> None:
    events = made(f"e=t,sta=p,st={kind},pt=1795854440009")
    assert events == [
        ("play", {"data": {"st": kind, "pt": 1795854440009}}),
        ("heartbeat", {"playback_rate": 1.0}),
    ]
    assert made(f"e=ps,sta=k,st={kind},pt=1795854440009")[0][1] == {"data": {"st": kind, "pt": 1795854440009}}


@pytest.mark.parametrize(
    "said", ["pt=10000000001", "pt=-1", "pt=1.5", "bsa=1000001", "bsda=1000000001", "dfa=1000001", "pr=16.5", "pr=x"]
)
def test_a_number_beyond_its_column_is_not_taken(said: str) -> None:
    assert made(f"e=t,sta=p,{said}") in (
        [("play", {}), ("heartbeat", {"playback_rate": 1.0})],
        [("play", {}), ("heartbeat", {})],
    )


def test_what_has_no_column_is_kept_beside_the_first_event() -> None:
    said = "bg=?0,bl=(9900),ec=27,lab=(200;v 64;a),ltc=3000,msd=224,mtp=(500),pt=1,sf=h,st=v,su,tpb=(1 2;v)"
    assert made(f'{said},cen="x \\"y\\"",e=ps,sta=a') == [
        (
            "pause",
            {
                "data": {
                    "bg": False,
                    "bl": 9900,
                    "ec": ["27"],
                    "lab": {"v": 200, "a": 64},
                    "ltc": 3000,
                    "msd": 224,
                    "mtp": 500,
                    "pt": 1,
                    "sf": "h",
                    "st": "v",
                    "su": True,
                    "tpb": {"unknown": 1, "v": 2},
                    "cen": 'x "y"',
                }
            },
        )
    ]


@pytest.mark.parametrize(
    "said",
    [
        'theo-u="3b1d11ff"',
        'com.example-user="jane"',
        'url="http://a/b"',
        'nor="a"',
        'nor=("a" "b")',
        'nrr="0-1"',
        'h="a.example"',
        'cs="x"',
        'smrt="x"',
        'cmsds="x"',
        'cmsdd="x"',
    ],
)
def test_what_tells_of_people_and_requests_is_dropped(said: str) -> None:
    assert made(f"{said},e=ps,sta=a") == [("pause", {})]


@pytest.mark.parametrize(
    "said", ["x=1", "zz", "bl=x", "sf=1", 'sf="h"', "cen=a", 'cen=""', 'cen="\u200b"', "su=1", "ltc=-1", "bl=()"]
)
def test_unknown_keys_and_wrong_types_are_skipped(said: str) -> None:
    assert made(f"{said},e=ps,sta=a") == [("pause", {})]
