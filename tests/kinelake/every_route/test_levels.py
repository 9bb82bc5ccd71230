"""Every route with the lowest level said: what a person has a right to is answered whatever they allow."""

from itertools import chain

import httpx
import pytest

from ingest_gateway.game.family import ALIASES, EVENTS
from tests.kit.whole import Known, Whole

pytestmark = pytest.mark.xdist_group("every_route")

MEASURING = {"/v1/media/events", "/v1/analytics/track", "/v1/pose/frames", "/v1/errors/report", EVENTS, *ALIASES}
"""What is refused for the level before its body is looked at."""
ROLE = {"/v1/audit/ingest": "system"}


def status(app: Whole, method: str, known: Known, *said: tuple[str, str]) -> int:
    headers = app.signed_in(known, ROLE.get(known.template, "admin"))
    return app.ask(method, known.path, [*headers.items(), *said]).status_code


def test_no_route_that_reads_is_refused_for_a_level_and_those_that_measure_are(app: Whole) -> None:
    refused = set()
    operations = chain.from_iterable(known.operations() for known in app.guarded if not known.by_link)
    for method, known in operations:
        assert status(app, method, known) != httpx.codes.FORBIDDEN, (method, known)
        if status(app, method, known, ("X-Consent-Level", "0")) == httpx.codes.FORBIDDEN:
            refused.add((method, known.template))
    assert refused == {("POST", template) for template in MEASURING}
