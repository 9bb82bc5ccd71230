"""Nothing lost, nothing twice: processes and broker die by kill -9 at drawn moments while clients post.

What got a 2xx is in the table exactly once, what got a 4xx never, what got a 5xx or no answer at most once, and
exactly once after a retry with its id that got a 2xx. The drawn seed is printed; KINELAKE_CHAOS_SEED repeats it,
KINELAKE_CHAOS_ROUNDS says how many kills there are.
"""

import json
from pathlib import Path
from random import Random

import pytest

from tests.kit.chaos.lake import expect_sessions, stored, times_stored
from tests.kit.chaos.plan import BROKER, ROUNDS, kills, seed
from tests.kit.chaos.storm import ROLES, Storm
from tests.kit.forked import ran
from tests.servers import Kafka

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(180 + 15 * ROUNDS)]


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def log(request: pytest.FixtureRequest) -> Kafka | None:
    """The broker, or None for the embedded log."""
    if request.param == "sqlite":
        return None
    broker: Kafka = request.getfixturevalue("kafka")
    broker.start()
    return broker


def test_whatever_dies_every_event_is_stored_as_often_as_its_answer_says(log: Kafka | None, tmp_path: Path) -> None:
    drawn = seed()
    storm = Storm(tmp_path / "data", drawn, log)
    storm.rage(kills(Random(drawn), ROLES if log is None else (*ROLES, BROKER), ROUNDS))
    with storm.installation() as installation:
        rows = stored(installation)
        assert storm.ledger.violations(times_stored(rows)) == []
        expect_sessions(installation, rows)
    assert [found for found in storm.sums if found.balance] == []
    expect_status(storm)


def expect_status(storm: Storm) -> None:
    """`kinelake status` says the same as the clients' answers and the tables."""
    done = ran("status", "--json", "--data", storm.data, environment=storm.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = (each for each in json.loads(done.stdout)["sums"] if each["stream"] == "media")
    assert (found["in_flight"], found["balance"], found["dead_lettered"]) == (0, 0, 0)
