"""Heads and anchors of chains: a head never goes back, an anchor stays as long as the table needs it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from control.chains import ChainAnchor, ChainHead
from control.store import Control

NOON = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)


def head(number: int, digest: bytes = b"d") -> ChainHead:
    return ChainHead(number, digest * 32)


def anchor(number: int, organisation: str = "acme") -> ChainAnchor:
    return ChainAnchor(organisation, number, b"d" * 32, NOON, b"s" * 32)


def test_a_head_goes_on_and_never_back_nor_changes_in_its_place(control: Control) -> None:
    control.chains.advance({})
    control.chains.advance({"acme": head(3), "globex": head(1)})
    control.chains.advance({"acme": head(5)})
    control.chains.advance({"acme": head(4), "globex": head(1, b"x")})
    assert control.chains.heads() == {"acme": head(5), "globex": head(1)}


def test_of_many_processes_that_advance_a_head_the_furthest_counts(control: Control) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: control.chains.advance({"acme": head(number)}), range(1, 41)))
    assert control.chains.heads() == {"acme": head(40)}


def test_an_anchor_is_kept_until_the_rows_behind_it_are_gone(control: Control) -> None:
    control.chains.anchor(anchor(10), first=1)
    control.chains.anchor(anchor(10), first=1)
    control.chains.anchor(anchor(20), first=11)
    assert [each.number for each in control.chains.anchors()] == [10, 20]
    control.chains.anchor(anchor(30), first=11)
    assert [each.number for each in control.chains.anchors()] == [10, 20, 30], "10 is where the table begins"
    control.chains.anchor(anchor(40), first=31)
    control.chains.anchor(anchor(5, "globex"), first=1)
    assert control.chains.anchors() == [anchor(30), anchor(40), anchor(5, "globex")]


def test_the_newest_row_that_is_known_is_a_head_or_where_the_chain_was_cut(control: Control) -> None:
    """A head that somebody has put back below an anchor does not let the chain's numbers begin again."""
    control.chains.advance({"acme": head(7), "initech": head(3)})
    control.chains.anchor(anchor(5), first=1)
    control.chains.anchor(anchor(9, "globex"), first=1)
    control.chains.anchor(anchor(40, "initech"), first=1)
    assert control.chains.newest() == {"acme": head(7), "globex": head(9), "initech": head(40)}
