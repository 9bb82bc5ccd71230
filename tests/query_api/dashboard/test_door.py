"""Who comes into the dashboard: an admin's token for a cookie, a form's own value on every POST, nobody else."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import jwt
import pytest

from query_api.dashboard.door import CSRF_COOKIE, SESSION_COOKIE
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import csrf_in, sign_in, signed_in

pytestmark = pytest.mark.anyio
PAGES = ("/dashboard", "/dashboard/media", "/dashboard/audit", "/dashboard/analytics", "/dashboard/security")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def stranger(site: Site) -> httpx.AsyncClient:
    client = site.client()
    del client.headers["Authorization"]
    return client


@pytest.mark.parametrize("path", [*PAGES, "/dashboard/detail/media/a", "/dashboard/media/session?session_id=a"])
async def test_a_page_leads_who_is_not_signed_in_to_the_form_and_back(
    site: Site, stranger: httpx.AsyncClient, path: str
) -> None:
    away = await stranger.get(path)
    assert away.status_code == 303
    form = await stranger.get(away.headers["Location"])
    back = await stranger.post(
        "/dashboard/login",
        data={"csrf": csrf_in(form.text), "next": path, "token": site.token("admin", "acme", "zoe")},
    )
    assert (back.status_code, back.headers["Location"]) == (303, path)


async def test_a_bearer_token_does_not_open_a_page(site: Site) -> None:
    async with site.client("admin") as client:
        assert (await client.get("/dashboard")).status_code == 303


async def test_the_cookie_is_for_the_dashboard_alone_and_ends_with_the_token(
    site: Site, stranger: httpx.AsyncClient
) -> None:
    answer = await sign_in(stranger, site.token("admin", "acme", "zoe"))
    cookies = SimpleCookie(answer.headers.get_list("Set-Cookie")[0])
    morsel = cookies[SESSION_COOKIE]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "strict", "/dashboard")
    assert int(morsel["max-age"]) == 3600
    assert (await stranger.get("/dashboard")).status_code == 200
    site.now += timedelta(minutes=59, seconds=59)
    assert (await stranger.get("/dashboard")).status_code == 200
    site.now += timedelta(seconds=1)
    assert (await stranger.get("/dashboard")).status_code == 303


@pytest.mark.parametrize("role", ["user", "specialist", "system"])
async def test_only_admins_come_in(site: Site, stranger: httpx.AsyncClient, role: str) -> None:
    answer = await sign_in(stranger, site.token(role, "acme", "zoe"))
    assert answer.status_code == 403
    assert "the dashboard is for the role admin" in answer.text
    assert SESSION_COOKIE not in stranger.cookies


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "x" * 9000])
async def test_a_bad_token_is_told_on_the_form(stranger: httpx.AsyncClient, token: str) -> None:
    answer = await sign_in(stranger, token)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert SESSION_COOKIE not in stranger.cookies


async def test_a_cookie_with_another_seal_is_none(site: Site) -> None:
    client = await signed_in(site)
    sealed = client.cookies[SESSION_COOKIE]
    claims = jwt.decode(sealed, options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "a" * 32, "HS256"),
        jwt.encode({**claims, "org": "other"}, "a" * 32, "HS256"),
        jwt.encode(claims, "", "none"),
        site.token("admin", "acme", "zoe"),
        sealed[:-2],
        "{",
        "x" * 5000,
    ]
    for cookie in forged:
        client.cookies.clear()
        answer = await client.get("/dashboard", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
        assert answer.status_code == 303, cookie[:40]


async def test_the_cookie_is_no_bearer_token(site: Site) -> None:
    client = await signed_in(site)
    sealed = client.cookies[SESSION_COOKIE]
    answer = await client.get("/v1/media/sessions/stats", headers={"Authorization": f"Bearer {sealed}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("csrf", ["", "another", None])
async def test_signing_in_needs_the_forms_own_value(site: Site, stranger: httpx.AsyncClient, csrf: str | None) -> None:
    await stranger.get("/dashboard/login")
    given = {} if csrf is None else {"csrf": csrf}
    fields = {**given, "token": site.token("admin", "acme", "zoe")}
    answer = await stranger.post("/dashboard/login", data=fields)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in stranger.cookies


async def test_signing_in_needs_the_cookie_of_the_form(site: Site, stranger: httpx.AsyncClient) -> None:
    form = await stranger.get("/dashboard/login")
    stranger.cookies.delete(CSRF_COOKIE)
    fields = {"csrf": csrf_in(form.text), "token": site.token("admin", "acme", "zoe")}
    assert (await stranger.post("/dashboard/login", data=fields)).status_code == 403


async def test_signing_out_needs_the_pages_value_and_takes_the_cookie(site: Site) -> None:
    client = await signed_in(site)
    page = await client.get("/dashboard")
    assert (await client.post("/dashboard/logout", data={"csrf": "another"})).status_code == 403
    assert (await client.get("/dashboard")).status_code == 200
    answer = await client.post("/dashboard/logout", data={"csrf": csrf_in(page.text)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/login")
    assert (await client.get("/dashboard")).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/v1/who",
        "/dashboardx",
        "/dashboard//evil.example",
        "",
    ],
)
async def test_after_signing_in_one_stays_in_the_dashboard(
    site: Site, stranger: httpx.AsyncClient, wanted: str
) -> None:
    answer = await sign_in(stranger, site.token("admin", "acme", "zoe"), wanted)
    assert answer.headers["Location"] == "/dashboard"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"a=1&" * 20, FORM, 400),
        (b"token=\xff", FORM, 400),
        (b"a" * 20_000, FORM, 413),
    ],
)
async def test_a_form_within_limits_is_taken_and_no_other(
    stranger: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await stranger.post("/dashboard/login", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/dashboard/nothing", "/dashboard/files/nothing.css", "/dashboard/detail/none/1"])
async def test_errors_are_pages_for_people(site: Site, path: str) -> None:
    client = await signed_in(site)
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_lets_nothing_in_from_elsewhere(site: Site, path: str) -> None:
    client = await signed_in(site)
    await site.caught_up(site.client())
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text
    assert "<style" not in answer.text
