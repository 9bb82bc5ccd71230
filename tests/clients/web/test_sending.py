"""What the client does with answers, and what else it sends: page views, pose frames, the demo page's film."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request, Route

from tests.clients.web.conftest import Lake, Opens, emptied, noted
from tests.clients.web.origin import Origin
from tests.kit.browser import Watched
from tests.kit.pages import block
from tests.kit.running import waiting

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
LANDMARKS = [{"x": 0.1 * number, "y": 0.5, "z": -0.25, "visibility": 1.00004} for number in range(33)]


@pytest.fixture
def page(opens: Opens) -> Page:
    return opens().page


def posts(page: Page) -> list[Request]:
    """All that the page posts from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if request.method == "POST" else None)
    return found


def answers(context: BrowserContext, lake: Lake, *given: tuple[int, dict[str, str], str]) -> None:
    """The next posts are answered so, without the gateway; later ones by it."""
    left: Iterator[tuple[int, dict[str, str], str]] = iter(given)

    def answer(route: Route) -> None:
        chosen = next(left, None) if route.request.method == "POST" else None
        if chosen is None:
            route.continue_()
        else:
            status, headers, body = chosen
            route.fulfill(status=status, headers={**CORS, **headers}, body=body)

    context.route(f"{lake.url}/**", answer)


def test_a_token_that_is_refused_is_asked_for_again_once(page: Page, lake: Lake) -> None:
    page.evaluate("window.asked = []")
    page.evaluate(
        """async ({ url, token }) => {
          const { kinelake } = await import('/kinelake.js')
          const get = async renew => { asked.push(renew); return renew ? token : 'stale' }
          window.client = kinelake({ url, token: get, user: 'renewing', delay: 20 })
          client.consent(2)
          client.track('renewed')
        }""",
        {"url": lake.url, "token": lake.token},
    )
    emptied(page)
    assert page.evaluate("asked") == [False, True]
    assert "renewed" in lake.events("analytics")["event_name"].to_list()


def test_a_busy_server_is_asked_again_no_sooner_than_it_says_and_nothing_is_lost(
    page: Page, context: BrowserContext, lake: Lake
) -> None:
    answers(context, lake, (429, {"Retry-After": "1"}, "{}"), (503, {}, "<html>no"), (200, {}, "<html>sign in"))
    sent = posts(page)
    page.evaluate("client.consent(2); client.track('patient')")
    while len(sent) < 4:
        page.wait_for_timeout(50)
    emptied(page)
    first, second = (request.timing["startTime"] for request in sent[:2])
    assert second - first >= 1000
    bodies = {json.dumps(json.loads(request.post_data or "")["events"]) for request in sent}
    assert len(bodies) == 1
    assert lake.events("analytics", event_name="patient").height == 1


def test_what_the_server_refuses_is_given_up_and_told_and_its_neighbours_arrive(page: Page, lake: Lake) -> None:
    page.evaluate(
        "client.consent(2); client.track('good'); client.track('bad', { value: 'five' }); client.track('last')"
    )
    emptied(page)
    page.wait_for_function("client.dropped === 1")
    assert page.evaluate("lost") == [{"code": "invalid_event", "items": 1, "status": 202}]
    names = lake.events("analytics")["event_name"].to_list()
    assert {"good", "last"} <= set(names)
    assert "bad" not in names


def test_nobody_is_asked_beyond_level_two_where_the_browser_says_global_privacy_control(
    context: BrowserContext, opens: Opens, lake: Lake
) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page = opens().page
    sent = posts(page)
    page.evaluate("client.consent(3); client.track('private')")
    emptied(page)
    assert [request.headers["x-consent-level"] for request in sent] == ["2"]


def test_what_a_person_allows_is_the_level_on_the_row_whatever_the_token_says(page: Page, lake: Lake) -> None:
    page.evaluate("client.consent(3); client.track('all')")
    emptied(page)
    page.evaluate("client.consent(2); client.track('less')")
    emptied(page)
    mine = noted(page)
    rows = [row for row in lake.events("analytics").iter_rows(named=True) if row["event_id"] in mine]
    stamped = {row["event_name"]: (row["consent_level"], row["consent_source"]) for row in rows}
    assert stamped == {"all": (3, "token"), "less": (2, "header")}


def test_a_page_that_says_too_low_a_level_is_refused_whatever_the_token_says(page: Page, lake: Lake) -> None:
    answer = page.evaluate(
        """async ([url, token]) => {
          const said = { Authorization: `Bearer ${token}`, 'X-Consent-Level': '1' }
          const headers = { ...said, 'Content-Type': 'application/json' }
          const event = { method: 'POST', headers, body: '{"event_name":"low"}' }
          const answer = await fetch(`${url}/v1/analytics/track`, event)
          return [answer.status, await answer.json()]
        }""",
        [lake.url, lake.token],
    )
    assert (answer[0], answer[1]["code"], answer[1]["given"]) == (403, "consent_required", 1)
    assert "low" not in lake.events("analytics")["event_name"].to_list()


def test_page_views_follow_what_scripts_do_to_the_address_and_leave_its_query_here(page: Page, lake: Lake) -> None:
    page.evaluate("client.consent(2); client.pages(); history.pushState(0, '', '/plans?who=ann#x'); history.back()")
    page.wait_for_function("location.pathname === '/'")
    emptied(page)
    mine = noted(page)
    views = [row for row in lake.events("analytics").iter_rows(named=True) if row["event_id"] in mine]
    assert [(row["page_url"], row["referrer_url"]) for row in views] == [("/", ""), ("/plans", "/"), ("/", "/plans")]


def test_landmarks_of_a_camera_become_pose_frames(page: Page, lake: Lake) -> None:
    session_id: str = page.evaluate(
        """async points => {
          client.consent(2)
          const track = client.pose({ mediaId: 'squat' })
          for (let number = 0; number < 70; number++) {
            track.frame(number === 3 ? { landmarks: [] } : { landmarks: [points] }, { rep_count: 1 })
          }
          track.end()
          return track.sessionId
        }""",
        LANDMARKS,
    )
    emptied(page)
    frames = lake.events("pose", session_id=session_id)
    assert frames["frame_number"].to_list() == list(range(70))
    assert frames["landmarks_detected"][3] == 0
    assert frames["landmark_x"][0].to_list() == pytest.approx([point["x"] for point in LANDMARKS], abs=1e-4)
    assert page.evaluate("lost") == []


def test_the_demo_page_records_what_its_visitor_allows(context: BrowserContext, origin: Origin, lake: Lake) -> None:
    origin.pace = 3
    watched = Watched(context.new_page())
    page = watched.page
    page.goto(f"{origin.url}/demo/")
    page.get_by_label("Gateway").fill(lake.url)
    page.get_by_label("Token of a person").fill(lake.token)
    page.get_by_label("I allow analytics").check()
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 1")
    page.get_by_label("I allow analytics").focus()
    waiting(lambda: "play" in lake.events("media", media_id="demo-film")["event_type"].to_list())
    assert watched.complaints == []
    assert set(watched.elsewhere) == set()


def test_a_page_that_came_over_plain_http_is_told_at_once(context: BrowserContext, origin: Origin) -> None:
    shop = "http://shop.example"
    context.route(f"{shop}/**", lambda route: passed_on(route, shop, origin.url))
    page = context.new_page()
    page.goto(f"{shop}/kinelake.js")
    with pytest.raises(Error, match="needs HTTPS"):
        page.evaluate("import('/kinelake.js').then(({ kinelake }) => { kinelake({ token: 't', user: 'ann' }) })")


def passed_on(route: Route, shop: str, url: str) -> None:
    route.fulfill(response=route.fetch(url=route.request.url.replace(shop, url)))


def test_the_snippets_of_the_manual_run(page: Page, lake: Lake) -> None:
    example = block("docs/web-client.md", "page.js").replace("'kinelake-web'", "'/kinelake.js'")
    stand_ins = "const landmarker = { detectForVideo: () => ({ landmarks: [] }) }"
    script = f"{example.replace('https://telemetry.example.com', lake.url)}\n{stand_ins}\n"
    script += block("docs/web-client.md", "pose.js") + "window.client = client\n"
    page.evaluate("token => { window.fetchToken = () => token }", lake.token)
    page.add_script_tag(content=script, type="module")
    page.wait_for_function("client.flush && video.readyState > 0")
    emptied(page)
    names = lake.events("analytics")["event_name"].to_list()
    assert {"page.view", "plan.opened"} <= set(names)
    assert lake.events("pose")["media_id"].to_list()[-1] == "squat-1"
