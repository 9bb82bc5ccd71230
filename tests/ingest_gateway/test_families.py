"""Families of streams: whose paths are whose, how their requests are refused, and who an item is of."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import pytest
from msgspec import Meta
from starlette.responses import PlainTextResponse, Response

from control.organisations import subject_of
from ingest_gateway import family as declared
from ingest_gateway import gateway as mounted
from schemas.shared.client import ClientEvent
from schemas.shared.discovery import declared_in
from schemas.shared.faults import BadDeclaration
from schemas.shared.stream import Stream, streams
from tests.ingest_gateway.conftest import Gateway, event
from web.caller import Caller
from web.families import Families, Family
from web.problems import Problem
from web.telemetry import TELEMETRY

pytestmark = pytest.mark.anyio


class Lap(ClientEvent, kw_only=True):
    """A lap, told of by a coach."""

    swimmer: Annotated[str, Meta(max_length=20, description="Whose lap it is.")]


LAPS = Stream(
    name="laps",
    path="/v1/media/laps",
    description="Laps as they were accepted.",
    consent_level=2,
    family="pool",
    roles=("specialist",),
    events=(Lap,),
    batches=True,
    example={"swimmer": "ada"},
)


def plain(problem: Problem) -> Response:
    return PlainTextResponse(problem.code, problem.status, problem.headers)


def of_the_swimmer(caller: Caller, head: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    return subject_of(b"the pool's key", item["swimmer"])


POOL = Family(
    name="pool",
    prefixes=("/v1/pool/",),
    renderer=plain,
    error_schema={"type": "string"},
    error_media_type="text/plain",
    subject_of=of_the_swimmer,
)


@pytest.fixture
def _pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream and its family, as their two modules would declare them."""
    every = {**streams(), "laps": LAPS}
    monkeypatch.setattr(mounted, "streams", lambda: every)
    monkeypatch.setattr(declared, "streams", lambda: every)
    others = declared_in("ingest_gateway", "FAMILY")
    monkeypatch.setattr(declared, "declared_in", lambda room, attribute: {**others, "laps": POOL})


def coach(gateway: Gateway) -> str:
    return f"Bearer {gateway.site.token(sub='coach', role='specialist')}"


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


@pytest.mark.usefixtures("_pool")
def test_a_family_has_its_streams_paths_wherever_they_lie() -> None:
    families = Families(declared.families())
    assert families.of("/v1/media/laps").name == "pool"
    assert families.of("/v1/media/laps/1").name == "pool"
    assert families.of("/v1/pool").name == "pool"
    assert families.of("/v1/media/events").name == "telemetry"


@pytest.mark.usefixtures("_pool")
async def test_a_streams_requests_are_refused_in_its_familys_shape(gateway: Gateway) -> None:
    path, token = LAPS.route_path, coach(gateway)
    assert told(await gateway.post({"swimmer": "ada"}, path)) == (403, "role_forbidden")
    assert told(await gateway.post({"swimmer": 1}, path, Authorization=token)) == (400, "invalid_event")
    assert told(await gateway.post(b"", path, Authorization=token, Content_Type="a/b")) == (
        415, "unsupported_media_type",
    )  # fmt: skip
    low = f"Bearer {gateway.site.token(role='specialist', consent=1)}"
    assert told(await gateway.post({"swimmer": "ada"}, path, Authorization=low)) == (403, "consent_required")
    assert (await gateway.post(event(session_id=...))).json()["code"] == "invalid_event"


@pytest.mark.usefixtures("_pool")
async def test_an_item_is_of_whom_the_family_says_and_the_log_says_so_where_it_is_another(gateway: Gateway) -> None:
    batch = {"events": [{"swimmer": "ada"}, {"swimmer": "zoe"}]}
    answer = await gateway.post(batch, LAPS.route_path, Authorization=coach(gateway))
    assert answer.status_code == 202
    messages = [record.value.splitlines() for _, record in gateway.recorder.published]
    assert len(messages) == 2, "one message a person, whose key it has"
    for swimmer in ("ada", "zoe"):
        subject = subject_of(b"the pool's key", swimmer)
        assert any(subject.encode() in item for _, item in messages)


@pytest.mark.usefixtures("_pool")
async def test_the_document_describes_each_stream_by_its_family(gateway: Gateway) -> None:
    paths = gateway.app().openapi()["paths"]
    assert list(paths[LAPS.path]["post"]["responses"]["400"]["content"]) == ["text/plain"]
    assert list(paths["/v1/media/events"]["post"]["responses"]["400"]["content"]) == ["application/problem+json"]


def test_a_stream_of_a_family_that_nobody_declares_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "streams", lambda: {"laps": LAPS})
    with pytest.raises(BadDeclaration, match=r"laps is of the family pool.*ingest_gateway/laps.py.*one of telemetry"):
        declared.families()


def test_the_default_comes_first_and_then_what_the_streams_modules_declare() -> None:
    names = [family.name for family in declared.families()]
    assert names == [TELEMETRY.name, *(family.name for family in declared_in("ingest_gateway", "FAMILY").values())]


def test_without_other_families_there_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "declared_in", lambda room, attribute: {})
    monkeypatch.setattr(declared, "streams", lambda: {"media": streams()["media"]})
    assert [family.name for family in declared.families()] == [TELEMETRY.name]
