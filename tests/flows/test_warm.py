"""`python -m flows.warm` calls what a flow calls, so that all of it is compiled."""

from typing import Any

from flows import event_order, session_store, warm


def test_warming_up_compiles_folding_in_folding_again_and_the_order() -> None:
    warm.main()
    compiled: tuple[Any, ...] = (
        session_store.fold_in,
        session_store.fold_again,
        session_store._open,
        session_store._remember,
        session_store._history,
        event_order._sort_groups,
    )
    assert [function.__name__ for function in compiled if not function.signatures] == []
