"""One application for all tests of this package."""

from collections.abc import Iterator

import pytest

from tests.kit.whole import Whole, whole


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("every_route") / "data") as made:
        yield made


@pytest.fixture(autouse=True)
def _whatever_was_handed_out_is_still_valid(app: Whole) -> Iterator[None]:
    """The tests share one application: one that ends a key of the others is the one that fails."""
    yield
    assert app.lost() == []
