"""One application for all tests of this package."""

from collections.abc import Iterator

import pytest

from tests.kit.whole import Whole, whole


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("every_route") / "data") as made:
        yield made
