"""What a query may not say: each route names the parameter and the reason, and never fails over it."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.kit.refusals import flaw
from tests.kit.whole import Known, Whole

pytestmark = pytest.mark.xdist_group("every_route")

WHOLE = ("-1", "x", "", "1.5", "1e3", " 1", "+1", "0x1", "１", "1_0", "9" * 5000, "true", "null", "1;2")
"""None of these is a whole number."""
TIMES = ("now", "", "2026-02-17", "2026-02-17T10:00:00", "2026-02-30T10:00:00Z", "0001-01-01T00:00:00Z",
         "9999-12-31T23:59:59-14:00", "1771322400", "2026-02-17T10:00:00+25:00")  # fmt: skip
WORDS = ("x", "", "7D", "24h ", "1h,24h", "' OR 1=1 --", "x" * 5000, "\x00", "ｘ")
ADDRESSES = ("", "x", "256.1.1.1", "1.2.3", "1.2.3.4 ", "1.2.3.4:80", "01.2.3.4", "198.51.100.0/24", "::g", "[::1]",
             "fe80::1%eth0", "0x7f.1", "1" * 5000, "2130706433")  # fmt: skip
LISTINGS = ("/v1/media/events", "/v1/analytics/track", "/v1/errors/report", "/v1/pose/frames")
EXCLUSIONS = "/v1/admin/privacy/exclusions"
CHOICES = {
    "/v1/media/bandwidth/stats": ("period", "group_by"),
    "/v1/media/sessions/stats": ("period", "status"),
    "/v1/media/qoe": ("period", "group_by"),
    "/v1/media/usage": ("period", "interval"),
}


def wrong() -> Iterator[tuple[str, str, str]]:
    """Path, parameter, and what it may not be."""
    for path in LISTINGS:
        yield from ((path, "limit", value) for value in (*WHOLE, "0", "1001"))
        yield from ((path, name, value) for name in ("from", "to") for value in TIMES)
    for path, names in CHOICES.items():
        yield from ((path, name, value) for name in names for value in WORDS)
    yield from (("/v1/pose/sessions/a", "from_ms", value) for value in (*WHOLE, "86400001"))
    yield from ((EXCLUSIONS, name, value) for name in ("page", "per_page") for value in (*WHOLE, "0"))
    yield from ((EXCLUSIONS, name, value) for name, value in (("page", "1000001"), ("per_page", "201")))
    yield from ((f"{EXCLUSIONS}/check", "ip", value) for value in ADDRESSES)
    yield from ((f"{EXCLUSIONS}/sync", "full", value) for value in ("1", "", "yes", "TRUE", "true ", "x" * 5000))


def refusals(app: Whole, asked: list[tuple[str, str, str]]) -> dict[str, str]:
    """What is wrong with the refusals."""
    found = {}
    for path, name, value in asked:
        known, method = Known(path, ()), "POST" if path.endswith("/sync") else "GET"
        answer = app.ask(method, f"{path}?{name}={quote(value)}", app.signed_in(known))
        said = flaw(answer, known, 400, "invalid_parameter") or _unnamed(answer.json()["errors"], name)
        if said:
            found[f"{path}?{name}={value[:40]!r}"] = said
    return found


def _unnamed(errors: list[dict[str, str]], name: str) -> str:
    named = [error["field"] for error in errors] == [name] and len(errors[0]["message"]) > 5
    return "" if named else str(errors)


def test_every_parameter_that_is_wrong_is_named_with_the_reason(app: Whole) -> None:
    asked = list(wrong())
    assert len(asked) >= 60 * 4
    assert refusals(app, asked) == {}


def test_what_is_required_once_is_named_where_it_is_missing(app: Whole) -> None:
    missing = ((f"{EXCLUSIONS}/check", "ip"), ("/v1/media/sessions", "session_id"), ("/v1/pose/sessions", "session_id"))
    for path, name in missing:
        answer = app.ask("GET", path, app.signed_in(Known(path, ())))
        assert flaw(answer, Known(path, ()), 400, "invalid_parameter") == ""
        assert [error["field"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("batch", ["x", "0", "-1", "1.5", "9" * 30, "1/2", "%00", "1"])
def test_a_synchronisation_that_there_is_not_is_a_404(app: Whole, batch: str) -> None:
    known = Known(f"{EXCLUSIONS}/sync/{batch}", ())
    assert flaw(app.ask("GET", known.path, app.signed_in(known)), known, 404, "not_found") == ""


@pytest.mark.parametrize(
    "path",
    [
        *(f"/dashboard/{page}?{asked}" for page in ("audit", "analytics", "security")
          for asked in ("period=x", "after=x", "after=x~y", f"subject={'s' * 600}")),
        "/dashboard/media?period=x",
        "/dashboard/detail/media/1?at=x",
    ],
)  # fmt: skip
def test_a_page_that_is_asked_for_wrongly_says_so_as_a_page(app: Whole, path: str) -> None:
    answer = app.ask("GET", path, app.signed_in(Known("/dashboard", ())))
    assert flaw(answer, Known("/dashboard", ()), 400) == ""
