"""Dictionaries of structured fields: as RFC 8941 has them, as players write them, and as anybody may."""

from decimal import Decimal
from typing import Any

import http_sf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_gateway.media.records import MEMBERS, decimal, members, numbers, string, texts, truth, whole

PIECES = [
    "a",
    "b=",
    "sn=",
    "ts=",
    "1",
    "²",
    '"',
    "\\",
    "(",
    ")",
    ",",
    ",",
    ";",
    "=",
    "%",
    " ",
    "\n",
    "(1;v 2)",
    '"a,b"',
]


@pytest.mark.parametrize(
    ("record", "read"),
    [
        # RFC 8941, 3.2
        ('en="Applepie", da=:w4ZibGV0w6ZydGU=:', {"en": '"Applepie"', "da": ":w4ZibGV0w6ZydGU=:"}),
        ("a=?0, b, c; foo=bar", {"a": "?0", "b": "", "c": ""}),
        ("rating=1.5, feelings=(joy sadness)", {"rating": "1.5", "feelings": "(joy sadness)"}),
        ("a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid", {"a": "(1 2)", "b": "3", "c": "4", "d": "(5 6)"}),
        ("a=1,b=2,a=3", {"a": "3", "b": "2"}),
        # RFC 8941, 3.3.3
        (r'a="hello \"world\", again",b', {"a": r'"hello \"world\", again"', "b": ""}),
        # RFC 9651, 3.3.7 and 3.3.8
        ('a=@1659578233,b=%"f%c3%bc, r",c', {"a": "@1659578233", "b": '%"f%c3%bc, r"', "c": ""}),
        # CTA-5004-B, as it shows records
        (
            'br=(3200),bs,d=4004,mtp=(25400;v 8000;a),sid="6e2fb550"',
            {"br": "(3200)", "bs": "", "d": "4004", "mtp": "(25400;v 8000;a)", "sid": '"6e2fb550"'},
        ),
        ('nor=("../300kbps/segment35.m4v" "a,b(c)"),e=t', {"nor": '("../300kbps/segment35.m4v" "a,b(c)")', "e": "t"}),
        ('com.example-a.b="x"', {"com.example-a.b": '"x"'}),
    ],
)
def test_what_is_well_formed_is_read(record: str, read: dict[str, str]) -> None:
    assert members(record) == read


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ("", {}),
        (",,", {}),
        ("Sid=1,e=t", {"e": "t"}),
        ("!e=ps,v=2", {"v": "2"}),
        ('sid="open,v=2', {"v": "2"}),
        ('sid="a"b,v=2', {"v": "2"}),
        ("br=(1,v=2", {"v": "2"}),
        ("br=(1;v (2;a)),v=2", {"v": "2"}),
        ("a=b=c,v=2", {"a": "b=c", "v": "2"}),
        ("e =t,v=2", {"v": "2"}),
        ("\te=t\t, v=2", {"e": "t", "v": "2"}),
        ('cid="für",v=2', {"cid": '"für"', "v": "2"}),
    ],
)
def test_what_is_not_costs_only_itself(record: str, read: dict[str, str]) -> None:
    assert members(record) == read


def test_values_are_read_by_their_type() -> None:
    assert string(r'"a \"b\" \\"') == r'a "b" \\'.replace(r"\\", "\\")
    assert [string(text) for text in ("a", "1", '%"a"', "")] == [None] * 4
    assert [whole(text) for text in ("0", "007", '"27"', "9" * 15)] == [0, 7, 27, 10**15 - 1]
    assert [whole(text) for text in ("", "-1", "1.5", "9" * 16, "x", "٣", '""', "1e3")] == [None] * 8
    assert [decimal(text) for text in ("1.5", "1", '"0.5"')] == [1.5, 1.0, 0.5]
    assert [decimal(text) for text in ("1.", ".5", "1e3", "-1", "nan", "1.2345")] == [None] * 6
    assert [truth(text) for text in ("", "?1", "?0", "false", "1")] == [True, True, False, None, None]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("(9900)", {"": 9900}),
        ("0", {"": 0}),
        ('"27"', {"": 27}),
        ("(700;v 64;a)", {"v": 700, "a": 64}),
        ("( 700;v  64;a )", {"v": 700, "a": 64}),
        ("(3860800;v)", {"v": 3860800}),
        ("(1;x 2;a=1 3;av;b=2)", {"av": 3}),
        ("(x -1 1.5)", {}),
        ("()", {}),
        ("(" + "1 " * 200 + ")", {}),
    ],
)
def test_a_list_of_numbers_may_be_a_number_alone(written: str, read: dict[str, int]) -> None:
    assert numbers(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('("manifestLoadError")', ["manifestLoadError"]),
        (r'("a b" "c\"d")', ["a b", 'c"d']),
        ("27", ["27"]),
        ('"27"', ["27"]),
        ("(27 28)", ["27", "28"]),
        ("()", []),
        ('("")', []),
        ("", []),
    ],
)
def test_a_list_of_texts_may_be_a_number_alone(written: str, read: list[str]) -> None:
    assert texts(written) == read


KEYS = st.from_regex(r"[a-z*][a-z0-9_\-.*]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
TOKENS = st.from_regex(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]{0,8}", fullmatch=True).map(http_sf.Token)
INTEGERS = st.integers(0, 10**15 - 1)
DECIMALS = st.integers(0, 10**9).map(lambda thousandths: Decimal(thousandths) / 1000)
BARE = st.one_of(TEXTS, TOKENS, INTEGERS, DECIMALS, st.booleans(), st.binary(max_size=9))
PARAMETERS = st.dictionaries(KEYS, BARE, max_size=2)
ITEMS = st.tuples(BARE, PARAMETERS)
DICTIONARIES = st.dictionaries(KEYS, ITEMS | st.tuples(st.lists(ITEMS, max_size=3), PARAMETERS), min_size=1, max_size=6)


@given(DICTIONARIES)
@settings(max_examples=300)
def test_a_well_formed_dictionary_is_read_as_a_kept_library_reads_it(said: Any) -> None:
    record = http_sf.ser(said)
    read = members(record)
    kept: Any = http_sf.parse(record.encode(), tltype="dictionary")
    assert list(read) == list(kept)
    for key, (value, _) in kept.items():
        written = read[key]
        if isinstance(value, list):
            assert (written[0], written[-1]) == ("(", ")")
        elif isinstance(value, bool):
            assert truth(written) is value
        elif isinstance(value, http_sf.Token):
            assert written == str(value)
        elif isinstance(value, str):
            assert string(written) == value
        elif isinstance(value, int):
            assert whole(written) == value
        elif isinstance(value, Decimal):
            assert decimal(written) == float(value)


@given(st.lists(st.tuples(INTEGERS, st.sampled_from(["", "v", "a", "av", "tt"])), min_size=1, max_size=5))
def test_a_list_of_numbers_is_read_as_a_kept_library_reads_it(said: list[tuple[int, str]]) -> None:
    items: Any = [(number, {kind: True} if kind else {}) for number, kind in said]
    record = http_sf.ser({"br": (items, {})})
    assert numbers(members(record)["br"]) == {kind: number for number, kind in said}


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join))
def test_members_by_themselves_are_what_they_are_in_their_record(record: str) -> None:
    assert members(record) == members(record) == dict(MEMBERS(record))
