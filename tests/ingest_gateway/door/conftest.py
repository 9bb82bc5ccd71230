"""The door over a recording log, with a protocol of nobody's."""

import pytest

from tests.kit.door import Doors
from tests.web.conftest import Site


@pytest.fixture
def doors(site: Site) -> Doors:
    return Doors(site)
