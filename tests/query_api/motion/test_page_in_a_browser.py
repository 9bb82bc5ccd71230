"""The page of a session in a real Chromium, with a real film: mouse, keyboard, both themes, phone and desktop."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, Literal, get_args

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from control.people import Profile
from motion.documents import Status
from tests.kit.browser import PATIENCE_MS, Watched
from tests.kit.motion.documents import SQUATS, film, squatted
from tests.kit.motion.filmed_pages import overlaid
from tests.kit.running import waiting
from tests.query_api.motion.conftest import MotionSite
from tests.query_api.motion.served_pages import Served, until, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("motion page in a browser")]

Theme = Literal["light", "dark"]
PHONE, DESKTOP = (360, 740), (1280, 900)
HOSTILE = '<img src=x onerror="document.title=1">'
CURSOR = ".chart .cursor"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A filmed squat, one with a hostile name, one that waits, one that failed."""
    site = MotionSite(tmp_path_factory.mktemp("page"))
    made = overlaid(film(), squatted(), tmp_path_factory.mktemp("film"))
    for session_id, name in (("one", None), ("hostile", HOSTILE)):
        request = squatted().request.model_copy(update={"session_name": name})
        known = site.analysed(session_id, replace(squatted(), request=request), profile=Profile(name or "Ana"))
        site.blobs.put(str(known.analysed_video), made.film)
        for picture, content in made.pictures.items():
            site.blobs.put(f"{known.pictures}/{picture}", content)
    site.filmed("failed", SQUATS, status=Status.FAILED, error="no_person")
    running = Served(site)
    yield running
    running.stop()
    site.close()


@contextmanager
def opened(browser: Browser, url: str, theme: Theme = "light", size: tuple[int, int] = DESKTOP) -> Iterator[Watched]:
    """A page whose policy reports what it refuses among the complaints."""
    viewport: Any = {"width": size[0], "height": size[1]}
    context = browser.new_context(color_scheme=theme, viewport=viewport, reduced_motion="reduce")
    with closing(context):
        watched = Watched(context.new_page())
        watched.page.goto(url)
        yield watched


@pytest.fixture
def watched(browser: Browser, served: Served) -> Iterator[Watched]:
    """The page of the squat, with its curves and the film's first picture there."""
    with opened(browser, served.page("one")) as found:
        drawn(found.page)
        yield found
    assert (found.complaints, found.elsewhere) == ([], [])


def drawn(page: Page) -> None:
    expect(page.locator(CURSOR).first).to_be_attached(timeout=PATIENCE_MS)
    until(page, "document.getElementById('film').readyState >= 2")


def cursor_at(page: Page) -> float:
    """Pixels from the left edge of the plot."""
    at = page.locator(".chart .plot > g").first.evaluate("cursor => cursor.transform.baseVal[0].matrix.e")
    return float(at)


def film_at(page: Page) -> float:
    """Seconds, once the film is where it was sent."""
    until(page, "!document.getElementById('film').seeking")
    return float(page.evaluate("document.getElementById('film').currentTime"))


def plot(page: Page, number: int = 0) -> Locator:
    return page.locator(".chart .plot").nth(number)


def shown_at(page: Page) -> float:
    """Seconds that the page says."""
    return float(page.locator("#time").inner_text().partition(" /")[0])


def test_a_click_on_a_curve_moves_the_film_and_every_cursor(watched: Watched) -> None:
    page = watched.page
    box = plot(page).bounding_box()
    assert box is not None
    for share in (0.3, 0.8):
        plot(page).click(position={"x": box["width"] * share, "y": box["height"] / 2})
        assert cursor_at(page) == pytest.approx(box["width"] * share, abs=5)
        assert film_at(page) == pytest.approx(shown_at(page), abs=0.02)
    cursors = page.locator(".chart .plot > g").evaluate_all("all => all.map(one => one.getAttribute('transform'))")
    assert len(set(cursors)) == 1


def test_a_drag_over_a_curve_takes_the_film_along(watched: Watched) -> None:
    page = watched.page
    box = plot(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.05 * step), box["y"] + 40)
    page.mouse.up()
    waiting(lambda: film_at(page) == pytest.approx(shown_at(page), abs=0.02))
    assert cursor_at(page) == pytest.approx(box["width"] * 0.8, abs=5)


def test_the_film_moves_the_cursor(watched: Watched) -> None:
    page = watched.page
    begun = cursor_at(page)
    # between two frames, of which the first is shown
    page.evaluate("document.getElementById('film').currentTime = 1.525")
    waiting(lambda: shown_at(page) == 1.5)
    sought = cursor_at(page)
    # so slowly that it does not end while somebody reaches for the pause
    page.get_by_role("combobox", name="Speed").select_option("0.1")
    page.get_by_role("button", name="Play").click()
    until(page, "document.getElementById('film').currentTime > 1.6")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert begun < sought < cursor_at(page)
    waiting(lambda: film_at(page) == pytest.approx(shown_at(page), abs=0.05))


def test_the_values_beside_the_names_are_those_of_the_frame(watched: Watched, served: Served) -> None:
    page = watched.page
    known = squatted().body
    page.locator("#scrub").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    knee = page.locator(".chart").filter(has=page.get_by_role("heading", name="Knee angle"))
    row = knee.locator(".legend div").filter(has_text="right")
    assert row.locator("dd").inner_text() == f"{known.angles['right_knee_angle'][30]:.1f}°"
    assert shown_at(page) == pytest.approx(known.raw.times[30], abs=0.005)


def test_all_of_it_goes_by_keyboard(watched: Watched) -> None:
    page = watched.page
    tab_to(page, lambda label: label == "Knee angle: position in the film")
    times = squatted().body.raw.times
    for key, index in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        assert shown_at(page) == pytest.approx(times[index], abs=0.006), key
        assert film_at(page) == pytest.approx(times[index], abs=0.02), key
    page.keyboard.press("PageUp")
    assert shown_at(page) == pytest.approx(1.0, abs=0.02)
    focus = page.locator(":focus")
    assert str(focus.get_attribute("aria-valuetext")).startswith("1.00 s, ")
    page.keyboard.press("Space")
    until(page, "!document.getElementById('film').paused")
    page.keyboard.press("Space")
    until(page, "document.getElementById('film').paused")


def tab_to(page: Page, wanted: Callable[[str], bool]) -> None:
    """Presses Tab until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        if wanted(label):
            return
    pytest.fail("no Tab leads there", pytrace=False)


def test_a_picture_leads_to_its_place_in_the_film(watched: Watched) -> None:
    page = watched.page
    page.get_by_role("button", name="Bottom").click()
    (bottom,) = [phase for phase in squatted().findings.phases if phase.name == "bottom"]
    assert film_at(page) == pytest.approx(bottom.picture, abs=0.05)
    assert page.locator("#phase").inner_text() == "Repetition 1 · Bottom"
    pictures = page.locator(".shots img")
    pictures.last.scroll_into_view_if_needed()
    until(page, "[...document.images].every(one => one.complete && one.naturalWidth > 0)")


@pytest.mark.parametrize("theme", get_args(Theme))
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_is_for_everybody_and_fits(
    browser: Browser, served: Served, axe: str, theme: Theme, size: tuple[int, int]
) -> None:
    pages = {"one": True, "hostile": True, "failed": False}
    for session_id, finished in pages.items():
        with opened(browser, served.page(session_id), theme, size) as found:
            if finished:
                drawn(found.page)
            assert violations(found.page, axe) == [], session_id
            assert found.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert (found.complaints, found.elsewhere) == ([], [])


def test_names_that_people_gave_do_nothing(browser: Browser, served: Served) -> None:
    with opened(browser, served.page("hostile")) as found:
        drawn(found.page)
        assert found.page.get_by_role("heading", level=1).inner_text() == HOSTILE
        assert HOSTILE in found.page.title()
    assert (found.complaints, found.elsewhere) == ([], [])


def test_a_page_that_waits_renews_itself(browser: Browser, served: Served) -> None:
    served.site.filmed("waiting", SQUATS, status=Status.PROCESSING, progress=10)
    with opened(browser, served.page("waiting")) as found:
        expect(found.page.locator("#done")).to_have_text("10% done")
        served.site.become("waiting", progress=70)
        expect(found.page.locator("#done")).to_have_text("70% done", timeout=PATIENCE_MS)
        served.site.analysed("waiting", squatted())
        expect(found.page.locator(".chart").first).to_be_visible(timeout=PATIENCE_MS)


def test_a_link_that_is_none_is_refused_by_a_page(browser: Browser, served: Served, axe: str) -> None:
    with opened(browser, f"{served.page('one')}x") as found:
        assert "Ask for a new one" in found.page.locator("main").inner_text()
        assert violations(found.page, axe) == []


def test_the_film_of_a_slow_motion_runs_slower_than_its_curves(browser: Browser, served: Served) -> None:
    """Filmed with twice the frames that the film plays: half a second of life is one of film."""

    def slowed(route: Route) -> None:
        told = route.fetch().json()
        route.fulfill(json=told | {"slow_motion": True, "times": [time / 2 for time in told["times"]]})

    with opened(browser, "about:blank") as found:
        page = found.page
        page.route("**/curves?*", slowed)
        page.goto(served.page("one"))
        drawn(page)
        plot(page).focus()
        page.keyboard.press("End")
        last = squatted().body.raw.times[-1]
        assert shown_at(page) == pytest.approx(last / 2, abs=0.006)
        waiting(lambda: film_at(page) == pytest.approx(last, abs=0.02))
        page.evaluate("document.getElementById('film').currentTime = 1")
        waiting(lambda: shown_at(page) == pytest.approx(0.5, abs=0.02))


def test_the_longest_film_stays_fluid(browser: Browser, served: Served) -> None:
    """36,000 frames of 24 curves: drawn and moved within what nobody feels."""
    times = [round(number * 16.667, 3) for number in range(36_000)]
    values = [round(60 + 50 * ((number % 97) / 97), 1) for number in range(36_000)]
    charts = [
        {
            **{"name": f"angle-{number}", "title": f"Angle {number}", "unit": "°", "decimals": 1},
            "curves": [{"side": side, "label": side, "values": values} for side in ("left", "right", "both")],
        }
        for number in range(8)
    ]
    long = {"status": "done", "times": times, "slow_motion": False, "charts": charts, "unseen": "", "phases": []}
    body = msgspec.json.encode(long)

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="application/json")

    with opened(browser, "about:blank") as found:
        page = found.page
        page.route("**/curves?*", answer)
        page.goto(served.page("one"))
        drawn(page)
        lengths = page.locator("path.curve").evaluate_all("all => all.map(one => one.getAttribute('d').length)")
        step = page.evaluate(
            """() => {
              const scrub = document.getElementById("scrub"), began = performance.now();
              for (let k = 1; k <= 100; k++) { scrub.value = k * 300; scrub.dispatchEvent(new Event("input")); }
              return (performance.now() - began) / 100;
            }"""
        )
    print(f"paths of {max(lengths)} letters; a step of the playhead {step:.2f} ms")
    assert max(lengths) < 4 * DESKTOP[0] * len("L1234.5 123.4")
    # 1 ms on a machine that does nothing else
    assert step < 33
