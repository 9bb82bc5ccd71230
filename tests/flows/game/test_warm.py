"""What is compiled ahead is what the flow calls, with the same types."""

from datetime import UTC, datetime

import numpy as np

from event_log import Fetched
from flows.conveyor.source import Poll
from flows.game.warm import compile_ahead
from flows.steps.decode import Decode
from schemas.game import STREAM
from sinks.game.laying_out import laid_out
from sinks.game.parts import samples_of, whole
from tests.kit.cases import record
from tests.kit.game_bodies import APP, TRAJECTORY, but

NOW = datetime(2026, 2, 12, 10, tzinfo=UTC)


def test_samples_off_the_log_are_laid_out_by_what_is_compiled_already() -> None:
    compile_ahead()
    compiled = set(laid_out.signatures)
    said = {"received_at": "2026-02-12T10:00:06Z", "stamped": {"app_id": APP}, "subject": "player"}
    moving = but(TRAJECTORY, kind="realtime", app_id=..., player_id=...)
    key, value, client = record(STREAM, {**said, "bodies": [moving, moving]})
    fetched = Fetched(np.zeros(1, np.int32), np.zeros(1, np.int64), [key], [value], [client])
    rows = Decode(STREAM, lambda: NOW)(Poll(fetched, {0: 1})).rows
    assert samples_of(whole(rows)).height == 2
    assert set(laid_out.signatures) == compiled
