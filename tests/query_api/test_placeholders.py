"""GET /files/pictures/{name}: pictures that show nobody, for whoever comes."""

from io import BytesIO
from typing import get_args

import httpx
import pytest
from PIL import Image

from motion.request import Language
from query_api.placeholders import placeholder
from reports.pictures import ViewName, Why, no_picture
from tests.query_api.conftest import Site

pytestmark = pytest.mark.anyio


def stranger(site: Site) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(site.usual, client=("127.0.0.1", 40000))
    return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test")


@pytest.mark.parametrize("why", get_args(Why))
@pytest.mark.parametrize("view", get_args(ViewName))
async def test_every_view_has_a_picture_for_each_reason_in_every_language(site: Site, view: ViewName, why: Why) -> None:
    async with stranger(site) as client:
        for language in Language:
            answer = await client.get(placeholder(view, why, language))
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
            assert answer.content == no_picture(view, why, language)
            assert Image.open(BytesIO(answer.content)).size == (720, 720)


@pytest.mark.parametrize(
    "name", ["left.png", "left-not_filmed-xx.png", "../secrets", "left-not_filmed-en.png/x", "%00"]
)
async def test_there_are_no_others(site: Site, name: str) -> None:
    async with stranger(site) as client:
        assert (await client.get(f"/files/pictures/{name}")).status_code == 404
