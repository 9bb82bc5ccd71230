"""The web client's own checks, as who works on it runs them, and what would be published."""

import json

import pytest

from tests.servers.required import Missing, skip_or_fail
from tests.servers.web_client import PACKAGE, built_client, npm

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    try:
        built_client()
    except Missing as reason:
        skip_or_fail("browser", reason)


def test_the_sources_are_in_form_weigh_what_they_may_and_pass_their_own_tests() -> None:
    npm("run", "--silent", "lint")
    npm("run", "--silent", "size")
    npm("run", "--silent", "test")


def test_what_is_published_is_the_built_client_with_its_types_sources_and_licence() -> None:
    (packed,) = json.loads(npm("pack", "--dry-run", "--json", "--ignore-scripts"))
    files = {file["path"] for file in packed["files"]}
    built = {"dist/kinelake.js", "dist/kinelake.js.map", "dist/index.d.ts"}
    assert {*built, "src/index.ts", "README.md", "LICENSE", "CHANGELOG.md", "package.json"} <= files
    assert not [name for name in files if name.startswith(("test", "demo", "node_modules"))]


def test_the_package_needs_no_other_and_its_lock_names_no_host() -> None:
    assert "dependencies" not in json.loads((PACKAGE / "package.json").read_text())
    assert "://" not in "".join(
        str(one.get("resolved", ""))
        for one in json.loads((PACKAGE / "package-lock.json").read_text())["packages"].values()
    )
