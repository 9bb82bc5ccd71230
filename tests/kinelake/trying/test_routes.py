"""Where `/try` is, and where it is not."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kinelake.installation import Installation
from kinelake.trying.film import MASTER, RENDITIONS
from kinelake.trying.key import trial_key
from kinelake.trying.routes import FILES
from tests.kit.site import ORGANISATION, Site
from tests.servers.web_client import built_client

pytestmark = pytest.mark.xdist_group("try")

PATHS = ("/try", "/try/keys", "/try/files/try.js", f"/try/film/{MASTER}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("trying") / "data")
    with made.role("web"):
        yield made


def test_in_development_the_page_its_files_and_its_film_are_there(site: Site) -> None:
    for path in PATHS:
        assert httpx.get(site.url + path, timeout=60).status_code == 200
    playlist = httpx.get(f"{site.url}/try/film/{MASTER}", timeout=60).text
    assert all(f"{name}.m3u8" in playlist for name in RENDITIONS)
    assert httpx.get(f"{site.url}/try/film/high-00.ts", timeout=60).headers["Content-Type"] == "video/mp2t"
    assert "script-src 'self'" in httpx.get(f"{site.url}/try", timeout=60).headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2Froutes.py", "try.html", "%2Fetc%2Fpasswd"])
def test_no_other_file_is_there(site: Site, name: str) -> None:
    assert httpx.get(f"{site.url}/try/files/{name}", timeout=60).status_code == 404
    assert httpx.get(f"{site.url}/try/film/{name}", timeout=60).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_a_page_elsewhere_whose_name_leads_here_gets_nothing(site: Site, path: str) -> None:
    assert httpx.get(site.url + path, headers={"Host": "rebound.example.com"}, timeout=60).status_code == 404


def test_where_an_issuer_is_set_there_is_no_such_page(tmp_path: Path) -> None:
    issuer = {"jwt_issuer": "https://issuer.example.com", "jwt_audience": "lake", "jwks": tmp_path / "jwks.json"}
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    made = Site(tmp_path / "data", **issuer)
    with made.role("web"):
        for path in PATHS:
            assert httpx.get(made.url + path, timeout=60).status_code == 404


def test_a_revoked_key_is_followed_by_another(site: Site) -> None:
    with site.installation() as installation:
        first = trial_key(installation, ORGANISATION)
        assert trial_key(installation, ORGANISATION) == first
        _revoke_all(installation)
        assert trial_key(installation, ORGANISATION) != first


def _revoke_all(installation: Installation) -> None:
    for key in installation.control.write_keys.list():
        installation.control.write_keys.revoke(key.id)


@pytest.mark.browser
def test_the_client_of_the_page_is_the_one_that_the_sources_make() -> None:
    built, _, _ = built_client().read_text().partition("\n//# sourceMappingURL")
    assert (FILES / "kinelake.js").read_text() == f"{built}\n"
