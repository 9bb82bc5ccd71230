"""Floods of refusals: ten a minute of one code and address stand alone, the rest is one row with their number."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ingest_gateway.audit import folding
from ingest_gateway.audit.folding import MINUTE_US, MOST_ALONE, MOST_FOLDS, MOST_STRANGE_FOLDS, Fold, Folding
from web.audit_trail import Refusal, Sender

NOON = 12 * 60 * MINUTE_US


def refusal(address: str = "198.51.100.7", code: str = "token_missing", tenant: str = "") -> Refusal:
    return Refusal("authentication", "", 401, code, "r", "/v1/media/events", Sender(address, tenant))


def told(folds: list[Fold]) -> list[tuple[str, str, int]]:
    return [(fold.address, fold.first.code, fold.count) for fold in folds]


def test_ten_of_a_minute_stand_alone_and_the_rest_is_one_row_once_it_has_ended() -> None:
    flood = Folding()
    alone = [flood.alone(refusal(), NOON + number) for number in range(25)]
    assert alone == [True] * MOST_ALONE + [False] * 15
    assert list(flood.ended(NOON + MINUTE_US - 1)) == []
    (fold,) = flood.ended(NOON + MINUTE_US)
    assert (fold.at, fold.address, fold.count, fold.first) == (NOON, "198.51.100.7", 15, refusal())
    assert list(flood.ended(NOON + 2 * MINUTE_US)) == []
    assert flood.alone(refusal(), NOON + MINUTE_US), "another minute begins anew"


def test_addresses_and_codes_are_told_apart() -> None:
    flood = Folding()
    kinds = [refusal(), refusal("203.0.113.9"), refusal(code="not_found")]
    for _ in range(MOST_ALONE + 2):
        for each in kinds:
            flood.alone(each, NOON)
    assert told(list(flood.all())) == [
        ("198.51.100.7", "token_missing", 2), ("203.0.113.9", "token_missing", 2), ("198.51.100.7", "not_found", 2),
    ]  # fmt: skip


def test_a_fold_is_an_organisations_as_long_as_all_in_it_are() -> None:
    one, mixed, folded = Folding(), Folding(), Folding()
    for number in range(20):
        folded.alone(refusal(tenant="globex" if number < MOST_ALONE else "acme"), NOON)
        one.alone(refusal(tenant="acme"), NOON)
        mixed.alone(refusal(tenant="acme" if number % 2 else "globex"), NOON)
    assert [fold.tenant for fold in one.all()] == ["acme"]
    assert [fold.tenant for fold in folded.all()] == ["acme"], "rows that stand alone are in no fold"
    assert [fold.tenant for fold in mixed.all()] == [""]


def test_beyond_so_many_addresses_what_comes_folds_by_its_code_alone() -> None:
    flood = Folding()
    alone = [flood.alone(refusal(f"address-{number}", tenant="acme"), NOON) for number in range(MOST_FOLDS + 50)]
    assert sum(alone) == MOST_FOLDS
    assert told(list(flood.all())) == [("", "token_missing", 50)]
    assert len(flood._folds) == 0


def test_strangers_with_any_number_of_addresses_hide_no_refusal_in_an_organisation() -> None:
    flood = Folding()
    strangers = [flood.alone(refusal(f"address-{number}"), NOON) for number in range(2 * MOST_FOLDS)]
    assert sum(strangers) == MOST_STRANGE_FOLDS
    assert flood.alone(refusal("203.0.113.9", "forbidden", "acme"), NOON)
    list(flood.ended(NOON + MINUTE_US))
    assert flood.alone(refusal("203.0.113.9"), NOON + MINUTE_US), "another minute has room again"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 3)), max_size=120))
def test_nothing_is_lost_and_nothing_counted_twice(refused: list[tuple[str, str, int]]) -> None:
    flood, seen, kept = Folding(), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for address, code, minute in sorted(refused, key=lambda each: each[2]):
        now = NOON + minute * MINUTE_US
        for fold in flood.ended(now):
            kept[fold.address, fold.first.code] += fold.count
        seen[address, code] += 1
        kept[address, code] += flood.alone(refusal(address, code), now)
    for fold in flood.all():
        kept[fold.address, fold.first.code] += fold.count
    assert +kept == seen
    assert folding.MOST_ALONE == 10
