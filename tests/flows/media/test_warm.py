"""`python -m flows.warm` calls what a flow calls, so that all of it is compiled."""

from typing import Any

from flows import warm
from flows.media import store
from flows.steps import device_rules
from sinks.media.folding import fold, order


def test_warming_up_compiles_folding_in_folding_again_the_order_and_the_rules_of_devices() -> None:
    warm.main()
    compiled: tuple[Any, ...] = (
        store.fold_in,
        fold.fold_again,
        store._open,
        store._remember,
        store._history,
        order._sort_groups,
    )
    assert [function.__name__ for function in compiled if not function.signatures] == []
    assert device_rules.KEPT.exists()
