"""What published SDKs really sent, item by item, against the rules in plain Python (tests/reference/segment.py)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest_gateway.door.protocol import Said
from schemas.shared.times import microseconds, moment
from tests.ingest_gateway.analytics.read import opened, read, row, subject_of
from tests.kit.recorded import SDKS, Recorded, recorded
from tests.reference.segment import stored

PRIVATE = (b"someone@example.org", b"203.0.113.9", b"Mozilla", b"userAgent", b"traits", b"token=abc")


@pytest.mark.parametrize("name", SDKS)
def test_every_item_is_stored_as_the_page_says_or_refused_by_name(name: str) -> None:
    sent = [request for request in recorded(f"segment/{name}.jsonl") if request.method == "POST"]
    assert sent
    for request in sent:
        check(request)


def check(request: Recorded) -> None:
    at = datetime.fromtimestamp(round(request.at), UTC)
    found = read(request.body, received_at=microseconds(at))
    body = json.loads(request.body)
    expected = [stored(each, body.get("sentAt"), at) for each in body.get("batch", [body])]
    refused = [each for each in expected if isinstance(each, str)]
    assert [told(each) for each in found.said] == [known(each) for each in expected if isinstance(each, dict)]
    assert found.refused == {reason: refused.count(reason) for reason in refused}
    assert not [secret for secret in PRIVATE for each in found.said if secret in each.event.own]


def told(said: Said) -> dict[str, Any]:
    more = {"session_id": said.event.session_id, "allowed": said.level, "subject": said.subject}
    kept = {name: value for name, value in more.items() if value is not None}
    return {**row(said), **kept, "occurred_at": moment(said.event.occurred_at)}


def known(expected: dict[str, Any]) -> dict[str, Any]:
    return {**plain(expected), "subject": subject_of(expected["identity"])}


def plain(value: dict[str, Any]) -> dict[str, Any]:
    """Without what is null."""
    inner = {name: plain(each) if isinstance(each, dict) else each for name, each in value.items()}
    return {name: each for name, each in inner.items() if each is not None and name != "identity"}


@pytest.mark.parametrize("name", SDKS)
def test_what_is_sent_again_is_the_same_item(name: str) -> None:
    digests: dict[str | None, set[int]] = {}
    for request in recorded(f"segment/{name}.jsonl"):
        if request.method == "POST":
            for each in read(request.body, received_at=round(request.at * 1e6)).said:
                digests.setdefault(each.event.event_id, set()).add(each.event.payload_digest)
    several = {each for each, found in digests.items() if len(found) > 1}
    assert several <= {opened().id_of("my-own-id-1")}, "which its driver used once in each scenario"
