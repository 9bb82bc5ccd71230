"""/docs over HTTP: Swagger UI with its files from this host, under a policy that lets nothing else in."""

import base64
import hashlib
import re

import pytest

from tests.web.conftest import Site
from web.docs import FILES

pytestmark = pytest.mark.anyio


async def test_the_page_and_all_that_it_names_are_on_this_host(site: Site) -> None:
    async with site.client(Authorization="") as client:
        page = await client.get("/docs")
        named = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
        answers = {name: await client.get(name) for name in named}
    assert page.headers["Content-Type"].startswith("text/html")
    assert sorted(named) == sorted(f"/docs/{name}" for name in FILES)
    for name, media_type in FILES.items():
        answer = answers[f"/docs/{name}"]
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, media_type)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "https://" not in page.text


async def test_the_policy_allows_the_pages_own_script_and_no_other(site: Site) -> None:
    async with site.client(Authorization="") as client:
        page = await client.get("/docs")
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


async def test_try_it_out_may_reach_the_service_where_the_document_says_it_is(site: Site) -> None:
    app = site.app(public_base_url="https://api.example/kinelake")
    async with site.client(app) as client:
        policy = (await client.get("/docs")).headers["Content-Security-Policy"]
    assert "connect-src 'self' https://api.example;" in policy


async def test_there_is_no_other_file(site: Site) -> None:
    async with site.client() as client:
        for name in ("redoc.standalone.js", "..%2f__init__.py", "../app.py"):
            assert (await client.get(f"/docs/{name}")).status_code == 404
