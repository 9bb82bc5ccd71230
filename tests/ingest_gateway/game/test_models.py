"""Models over HTTP: every format taken once, versions by level, refusals by field, nothing left of what was refused."""

import hashlib
from typing import Any

import pytest

from control.applications import Application
from ingest_gateway.game import models as uploads
from ingest_gateway.game.options import ModelOptions
from ingest_gateway.taking.multipart import MOST_BESIDE
from tests.ingest_gateway.game.gate import MODELS, Gate
from tests.kit.models import fbx, glb, gltf, obj
from web.application_tokens import PUBLIC, SECRET

pytestmark = pytest.mark.anyio

BOX = {"min": [0.0, 0.0, 0.0], "max": [4.0, 0.0, 2.0]}


@pytest.mark.parametrize(("content", "format_", "bounds"), [
    (glb(), "glb", BOX), (gltf(), "gltf", BOX), (obj(), "obj", BOX), (fbx(), "fbx", None),
])  # fmt: skip
async def test_every_format_is_taken_and_kept_as_it_came(
    gate: Gate, content: bytes, format_: str, bounds: dict[str, Any] | None
) -> None:
    answer = await gate.upload(content)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    named = {"app_name": "jumper", "level_name": "cave", "version": 1, "size": len(content), "format": format_}
    assert said == {"id": said["id"], **named, "sha256": hashlib.sha256(content).hexdigest(), "bounds": bounds}
    (blob,) = gate.kept()
    assert blob.endswith(f".{format_}")
    assert gate.blobs.read(blob) == content


async def test_the_same_bytes_are_the_model_that_there_is_and_others_the_next_version(gate: Gate) -> None:
    first, again = await gate.upload(obj()), await gate.upload(obj())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    second, elsewhere = await gate.upload(glb()), await gate.upload(obj(), level="tower")
    assert [(each.status_code, each.json()["version"]) for each in (second, elsewhere)] == [(201, 2), (201, 1)]
    assert len(gate.kept()) == 3


async def test_every_model_has_its_outline_made(gate: Gate) -> None:
    made = (await gate.upload(obj())).json()
    await gate.upload(obj())
    assert [(job.kind, job.key) for job in gate.site.control.jobs.list()] == [("model_outline", made["id"])]


async def test_another_applications_name_is_refused_and_so_is_its_public_token(gate: Gate) -> None:
    other = gate.site.control.applications.create("acme", "runner", 2)
    for answer in (
        await gate.upload(obj(), app_name="runner"),
        await gate.upload(obj(), x_api_key=gate.token(gate.jumper, PUBLIC)),
        await gate.upload(obj(), x_api_key=gate.token(other, SECRET)),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert (await gate.upload(obj(), x_api_key="guessed")).status_code == 401
    assert (await gate.upload(obj(), x_api_key=gate.token(other, SECRET), app_name="runner")).status_code == 201
    assert len(gate.kept()) == 1


@pytest.mark.parametrize(("wrong", "field"), [
    ({"level": None}, "level_name"), ({"level": ""}, "level_name"), ({"level": "x" * 129}, "level_name"),
    ({"level": "a\nb"}, "level_name"), ({"app_name": None}, "app_name"), ({"level": "x" * 1000}, "level_name"),
    ({"content": b""}, "model_file"), ({"content": b"PK\x03\x04"}, "model_file"),
    ({"content": glb()[:40]}, "model_file"),
    ({"content": obj() + b"v 1 nan 2\n"}, "model_file"),
])  # fmt: skip
async def test_a_wrong_field_is_named_and_nothing_is_kept(gate: Gate, wrong: dict[str, Any], field: str) -> None:
    answer = await gate.upload(**{"content": obj(), **wrong})
    said = answer.json()
    assert (answer.status_code, said["error"], said["field"]) == (400, "invalid_payload", field), said
    assert gate.kept() == []
    assert gate.site.control.models.page(gate.jumper.id, None, 10) == []


async def test_a_file_is_as_large_as_allowed_and_no_larger(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_MODEL", 2000)
    monkeypatch.setattr(uploads, "MOST_BODY", 2000 + MOST_BESIDE)
    exact = obj() + b"#" * (2000 - len(obj()))
    assert (await gate.upload(exact)).status_code == 201
    beyond = await gate.upload(exact + b"#")
    assert (beyond.status_code, beyond.json()["error"]) == (413, "too_large")
    assert len(gate.kept()) == 1


@pytest.mark.parametrize("most", [{"game_models_max": 1}, {"game_models_max_bytes": 2 * len(obj())}])
async def test_an_application_that_has_all_it_may_have_is_told_so_and_others_go_on(
    gate: Gate, most: dict[str, int]
) -> None:
    gate.options_of = lambda options: options.model_validate(most if options is ModelOptions else {})
    first = await gate.upload(obj())
    full = await gate.upload(obj() + b"#" * len(obj()))
    assert (first.status_code, full.status_code, full.json()["error"]) == (201, 413, "too_large")
    assert "may have" in full.json()["message"]
    again = await gate.upload(obj())
    assert (again.status_code, again.json()) == (200, first.json())
    other = gate.site.control.applications.create("acme", "runner", 2)
    theirs = await gate.upload(obj(), x_api_key=gate.token(other, SECRET), app_name="runner")
    assert theirs.status_code == 201
    assert len(gate.kept()) == 2


async def test_what_is_no_form_or_packed_is_415(gate: Gate) -> None:
    async with gate.client(x_api_key=gate.secret) as client:
        answers = [
            await client.post(MODELS, content=obj(), headers={"Content-Type": "model/obj"}),
            await client.post(MODELS, files={"model_file": obj()}, headers={"Content-Encoding": "gzip"}),
        ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(415, "unsupported_media_type")] * 2


async def test_a_token_whose_application_is_gone_uploads_nothing(gate: Gate) -> None:
    gone = Application(
        id="0b7f3c52-9a8e-4c6d-8f1e-2d3c4b5a6978",
        tenant="acme",
        name="gone",
        default_consent=2,
        created_at=gate.site.clock(),
    )
    assert (await gate.upload(obj(), x_api_key=gate.token(gone, SECRET))).status_code == 403
