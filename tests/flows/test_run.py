"""How a flow ends: with the error that ended it, or by being told to."""

from pathlib import Path
from unittest.mock import patch

import pytest

from flows.run import share
from sinks.delta_sink import DeltaSink
from sinks.faults import Fenced
from tests.kit.cases import Run, cases


def test_what_ends_a_flow_comes_out_as_it_was_raised(tmp_path: Path) -> None:
    case = cases()[0]
    run = Run(tmp_path, case.stream)
    run.publish(case.records)
    with patch.object(DeltaSink, "commit", side_effect=Fenced("somebody else owns these")), pytest.raises(Fenced):
        run.flow()


@pytest.mark.parametrize(("split", "expected"), [((0, 1), [0, 1, 2, 3]), ((0, 2), [0, 2]), ((1, 2), [1, 3])])
def test_the_splits_share_the_partitions_out(split: tuple[int, int], expected: list[int]) -> None:
    assert share(split, 4) == expected


@pytest.mark.parametrize("split", [(2, 2), (-1, 2), (0, 0)])
def test_a_split_that_does_not_exist_is_refused(split: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        share(split, 4)
