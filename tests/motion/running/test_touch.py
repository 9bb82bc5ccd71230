"""The instant at which a point comes to rest or leaves is drawn back to where its way begins."""

import numpy as np
import pytest

from motion.body.landmarks import Floats
from motion.running.touch import edge

TIMES = np.arange(60) / 120
TRUE = 0.25


def way(power: float, size: float, into: int) -> Floats:
    """0 in the contact, away from it a power of the seconds since."""
    return size * np.clip(into * (TRUE - TIMES), 0, None) ** power


@pytest.mark.parametrize(("power", "size"), [(1.0, 400.0), (1.5, 2000.0), (2.0, 12000.0)])
def test_a_landing_is_found_whether_hard_or_soft(power: float, size: float) -> None:
    up = way(power, size, +1)
    assert edge(TIMES, -0.5 * up, up, TRUE - 0.025, +1, 0.2) == pytest.approx(TRUE, abs=0.002)


def test_a_leaving_is_found_from_rest() -> None:
    up = way(2.0, 12000.0, -1)
    assert edge(TIMES, 2 * up, up, TRUE + 0.025, -1, 0.2) == pytest.approx(TRUE, abs=0.002)


def test_a_path_that_is_not_seen_leaves_the_coarse_instant() -> None:
    nowhere = np.full(60, np.nan)
    assert edge(TIMES, nowhere, nowhere, 0.22, +1, 0.2) == 0.22


def test_an_edge_that_is_not_known_stays_so() -> None:
    assert np.isnan(edge(TIMES, TIMES, TIMES, float("nan"), +1, 0.2))
