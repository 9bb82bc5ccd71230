"""Models as the secret token of their application reads them: listed by page, files whole or a range, its own only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.query_api.game.level_site import LevelSite, level_site

pytestmark = pytest.mark.anyio
PATH = "/api/models"
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LevelSite]:
    with level_site(tmp_path) as made:
        yield made


async def test_models_are_listed_by_level_the_newest_version_first_in_pages(site: LevelSite) -> None:
    kept = [site.keep(CONTENT, level) for level in ("tower", "cave", "cave")]
    async with site.by_secret() as client:
        whole = (await client.get(PATH)).json()
        pages = [(await client.get(PATH, params={"limit": 2, "offset": offset})).json() for offset in (0, 2)]
        cave = (await client.get(PATH, params={"level": "cave"})).json()
    assert [model["id"] for model in whole["models"]] == [kept[2].id, kept[1].id, kept[0].id]
    assert whole["next_offset"] is None
    assert [page["next_offset"] for page in pages] == [2, None]
    assert [*pages[0]["models"], *pages[1]["models"]] == whole["models"]
    assert cave["models"] == whole["models"][:2]
    assert whole["models"][0] == {
        "id": kept[2].id,
        "app_name": "jumper",
        "level_name": "cave",
        "version": 2,
        "size": len(CONTENT),
        "sha256": kept[2].sha256,
        "format": "glb",
        "bounds": {"min": [0.0, 0.0, 0.0], "max": [4.0, 0.0, 2.0]},
    }


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "1001"), ("offset", "-1"), ("limit", "ten")])
async def test_a_wrong_page_is_refused_by_name(site: LevelSite, name: str, value: str) -> None:
    async with site.by_secret() as client:
        answer = await client.get(PATH, params={name: value})
    assert (answer.status_code, answer.json()["field"]) == (400, name)


async def test_a_file_is_handed_out_as_it_came_whole_or_a_range_of_it(site: LevelSite) -> None:
    model = site.keep(CONTENT)
    path = f"{PATH}/{model.id}/file"
    async with site.by_secret() as client:
        whole = await client.get(path)
        part = await client.get(path, headers={"Range": "bytes=100-199", "If-Range": f'"{model.sha256}"'})
        known = await client.get(path, headers={"If-None-Match": f'"{model.sha256}"'})
        beyond = await client.get(path, headers={"Range": "bytes=99999-"})
        head = await client.head(path)
    assert (whole.status_code, whole.content, whole.headers["ETag"]) == (200, CONTENT, f'"{model.sha256}"')
    assert whole.headers["Content-Type"] == "model/gltf-binary"
    assert whole.headers["Content-Disposition"] == f'attachment; filename="{model.id}.glb"'
    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(CONTENT)}"
    assert (known.status_code, beyond.status_code) == (304, 416)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(CONTENT)))


async def test_another_applications_models_are_as_unknown_as_none(site: LevelSite) -> None:
    model = site.keep(CONTENT)
    async with site.by_secret(site.foreign) as client:
        assert (await client.get(PATH)).json()["models"] == []
        answers = [await client.get(f"{PATH}/{name}/file") for name in (model.id, "none", "x" * 500)]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(404, "not_found")] * 3
    assert answers[0].json() == answers[1].json()


async def test_a_model_whose_file_is_gone_is_404(site: LevelSite) -> None:
    model = site.keep(CONTENT)
    site.blobs.delete(model.blob)
    async with site.by_secret() as client:
        assert (await client.get(f"{PATH}/{model.id}/file")).status_code == 404
