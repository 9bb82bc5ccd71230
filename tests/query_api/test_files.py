"""Files by their links: by HTTP, whole and in ranges, from a folder and S3; no link is guessed, altered or outlived."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blob_store.store import BlobStore
from query_api.byte_ranges import ByteRange, asked_range
from query_api.faults import BadFileName, NoSuchOrganisation
from query_api.file_links import FileLinks
from tests.query_api.conftest import Site
from tests.servers import S3
from web.problems import Problem

pytestmark = pytest.mark.anyio

NAME = "videos/of-a-session/random.mp4"
FILM = bytes(range(256)) * 4096
MINUTES = 15 * 60


@pytest.fixture
async def link(site: Site) -> str:
    """A path that hands FILM out for a quarter of an hour."""
    site.control.organisations.create("acme")
    site.blobs.put(NAME, FILM)
    return await links(site).to("acme", NAME, MINUTES)


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token."""
    transport = httpx.ASGITransport(site.usual, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
        yield client


def links(site: Site) -> FileLinks:
    return FileLinks(site.blobs, site.control.organisations, lambda: site.now)


async def test_a_link_hands_the_file_out_to_whoever_has_it(link: str, stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(link)
    assert (answer.status_code, answer.content) == (200, FILM)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == 'inline; filename="random.mp4"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == f"private, max-age={MINUTES}"


async def test_a_head_has_the_headers_and_no_bytes(link: str, stranger: httpx.AsyncClient) -> None:
    whole, head = await stranger.get(link), await stranger.head(link, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-length", "etag", "content-type", "accept-ranges")
    assert {name: head.headers[name] for name in same} == {name: whole.headers[name] for name in same}


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, len(FILM)),
        ("bytes=-5", len(FILM) - 5, len(FILM)),
        ("bytes=7-99999999999", 7, len(FILM)),
    ],
)
async def test_one_range_is_answered(link: str, stranger: httpx.AsyncClient, asked: str, begin: int, end: int) -> None:
    answer = await stranger.get(link, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, FILM[begin:end])
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(FILM)}"
    assert answer.headers["content-length"] == str(end - begin)


@pytest.mark.parametrize("asked", [f"bytes={len(FILM)}-", "bytes=-0"])
async def test_a_range_without_a_byte_is_refused(link: str, stranger: httpx.AsyncClient, asked: str) -> None:
    answer = await stranger.get(link, headers={"Range": asked})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(FILM)}"


@pytest.mark.parametrize("asked", ["bytes=5-3", "bytes=-", "pages=1-2", "bytes=0-1,5-6", "bytes=a-b", "bytes= 0-1"])
async def test_what_is_no_single_range_is_answered_whole(link: str, stranger: httpx.AsyncClient, asked: str) -> None:
    answer = await stranger.get(link, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, FILM)


async def test_a_range_of_another_content_is_answered_whole(link: str, stranger: httpx.AsyncClient) -> None:
    tag = (await stranger.head(link)).headers["etag"]
    same = await stranger.get(link, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = await stranger.get(link, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, FILM)


async def test_what_the_client_has_is_not_sent_again(link: str, stranger: httpx.AsyncClient) -> None:
    tag = (await stranger.head(link)).headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = await stranger.get(link, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await stranger.get(link, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_file_is_saved_under_the_name_that_its_link_says(site: Site, stranger: httpx.AsyncClient) -> None:
    site.control.organisations.create("acme")
    site.blobs.put(NAME, FILM)
    link = await links(site).to("acme", NAME, MINUTES, "session.mp4")
    answer = await stranger.get(f"{link}?download=1")
    assert answer.headers["content-disposition"] == 'attachment; filename="session.mp4"'
    with pytest.raises(BadFileName):
        await links(site).to("acme", NAME, MINUTES, 'a"; b')


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "a", "a.mp4.exe"])
async def test_what_is_of_no_known_type_is_bytes(site: Site, stranger: httpx.AsyncClient, name: str) -> None:
    site.control.organisations.create("acme")
    site.blobs.put(name, b"<script>alert(1)</script>")
    answer = await stranger.get(await links(site).to("acme", name, MINUTES))
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_link_ends(site: Site, link: str, stranger: httpx.AsyncClient) -> None:
    site.now += timedelta(seconds=MINUTES - 1)
    assert (await stranger.get(link)).status_code == 200
    site.now += timedelta(seconds=1)
    assert (await stranger.get(link)).status_code == 404


async def test_a_link_to_a_file_that_is_gone_ends_with_it(site: Site, link: str, stranger: httpx.AsyncClient) -> None:
    site.blobs.delete(NAME)
    answer = await stranger.get(link)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def altered(token: str, **claims: object) -> str:
    """The token with other claims and its old signature."""
    header, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(f"{body}=="))
    changed = base64.urlsafe_b64encode(json.dumps(said | claims).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


CLAIMS = {"aud": "kinelake-files", "exp": 2**40, "org": "acme", "blob": NAME, "name": "a"}


def forgeries(token: str) -> Mapping[str, str]:
    """What somebody may try who has a link."""
    return {
        "later": altered(token, exp=2**40),
        "another blob": altered(token, blob="chunks/of-another/0"),
        "another organisation": altered(token, org="rival"),
        "no organisation": altered(token, org=7),
        "unsigned": jwt.encode(CLAIMS, "", "none"),
        "another key": jwt.encode(CLAIMS, "k" * 32, "HS256"),
        "cut": token[:-1],
        "nothing": ".",
        "endless": "a" * 5000,
        "a path": "../../secrets/development-token-key",
        "deep": jwt.encode({}, "k" * 32, "HS256", headers={"x": "y"}),
    }


@pytest.mark.parametrize("how", forgeries(f"{jwt.encode(CLAIMS, 'k' * 32, 'HS256')}"))
async def test_no_link_is_forged(site: Site, link: str, stranger: httpx.AsyncClient, how: str) -> None:
    site.control.organisations.create("rival")
    answer = await stranger.get(f"/files/{forgeries(link.removeprefix('/files/'))[how]}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_link_is_no_token_and_a_token_no_link(site: Site, link: str, stranger: httpx.AsyncClient) -> None:
    token = site.token("admin", "acme", "zoe")
    assert (await stranger.get(f"/files/{token}")).status_code == 404
    as_bearer = {"Authorization": f"Bearer {link.removeprefix('/files/')}"}
    assert (await stranger.get("/v1/media/sessions/stats", headers=as_bearer)).status_code == 401


async def test_no_link_is_made_for_nobody(site: Site) -> None:
    with pytest.raises(NoSuchOrganisation, match="nobody"):
        await links(site).to("nobody", NAME, MINUTES)


async def test_on_a_bucket_the_link_is_the_buckets_own(
    site: Site, s3: S3, monkeypatch: pytest.MonkeyPatch, stranger: httpx.AsyncClient
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    site.control.organisations.create("acme")
    bucket = BlobStore(s3.bucket())
    bucket.put(NAME, FILM)
    of_bucket = FileLinks(bucket, site.control.organisations, lambda: site.now)
    url = await of_bucket.to("acme", NAME, MINUTES)
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(url, headers={"Range": "bytes=3-9"})
        assert (answer.status_code, answer.content) == (206, FILM[3:10])
        assert answer.headers["content-type"] == "video/mp4"
        assert (await client.get(url.replace("random", "other"))).status_code == 403
    assert (await of_bucket.to("acme", NAME, MINUTES, "film.mp4")).startswith("/files/")
    unreachable = FileLinks(BlobStore(s3.bucket(), signs=False), site.control.organisations, lambda: site.now)
    assert (await unreachable.to("acme", NAME, MINUTES)).startswith("/files/")


async def test_files_of_a_bucket_are_handed_on_where_a_name_is_asked_for(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    site = Site(tmp_path, blobs=s3.bucket())
    try:
        site.control.organisations.create("acme")
        site.blobs.put(NAME, FILM)
        link = await links(site).to("acme", NAME, MINUTES, "film.mp4")
        transport = httpx.ASGITransport(site.usual, client=("127.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
            answer = await client.get(f"{link}?download=1", headers={"Range": "bytes=1000-"})
        assert (answer.status_code, answer.content) == (206, FILM[1000:])
    finally:
        site.query.stop()
        site.control.close()


@given(st.integers(0, 50), st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_range_is_what_python_slices(size: int, first: int | None, last: int | None) -> None:
    whole = bytes(range(size))
    if first is None:
        expected = whole[max(0, size - last) :] if last else b""
        none = last is None
    else:
        expected = whole[first : size if last is None else last + 1]
        none = last is not None and last < first
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if none:
        assert asked_range(header, size) is None
    elif expected:
        found = asked_range(header, size)
        assert isinstance(found, ByteRange)
        assert whole[found.begin : found.end] == expected
    else:
        with pytest.raises(Problem) as refused:
            asked_range(header, size)
        assert refused.value.status == 416
