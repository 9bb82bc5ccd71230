"""One visit to an application, act by act: pages, searches, an exercise that is watched, a word about it."""

from random import Random
from typing import Any, Final, NamedTuple

from kinelake.example.media.viewing import TITLES, Title

HOST: Final = "https://clinic.example"
PAGES: Final = {
    "dashboard": "/dashboard",
    "treatment-plan-library": "/library",
    "treatment-plan": "/plan",
    "progress": "/progress",
    "messages": "/messages",
}
"""Page → its path."""
CONDITIONS: Final = ("neck_pain", "lower_back_pain", "knee_rehabilitation", "shoulder_mobility")
CAMPAIGNS: Final = ("", "", "", "?utm_source=newsletter&utm_campaign=spring", "?utm_source=clinic&utm_medium=qr")
"""What brings a person there; mostly nothing that shows."""
MEAN_ACTS: Final = 20


class Act(NamedTuple):
    """One event `at` ms after the visit's beginning, without ids and time."""

    at: int
    event: dict[str, Any]


class Watching(NamedTuple):
    """What is watched on the way: from when on and for how long, in ms of the visit."""

    title: Title
    at: int
    lasting: int


def visit(random: Random, watching: Watching | None = None) -> list[Act]:
    """The acts of one visit in their order."""
    visitor = _Visitor(random)
    wanted = 4 + min(round(random.expovariate(1 / (MEAN_ACTS - 4))), 80)
    if watching is None:
        visitor.stroll(wanted, visitor.pause)
        return visitor.acts
    before = max(2, min(wanted // 2, watching.at // 1000))
    visitor.stroll(before, lambda: watching.at // (before + 1))
    visitor.watch(watching)
    visitor.stroll(max(1, wanted - before - 4), visitor.pause)
    return visitor.acts


class _Visitor:
    """A person in front of a page; the clock is in ms."""

    def __init__(self, random: Random) -> None:
        self.acts: list[Act] = []
        self._random = random
        self._clock = 0
        self._url = ""

    def pause(self) -> int:
        """Milliseconds of looking at something."""
        return round(min(self._random.lognormvariate(8.7, 0.9), 240_000))

    def stroll(self, acts: int, pause: Any) -> None:
        """So many acts, one of them coming in where nothing came before."""
        for _ in range(acts):
            if not self.acts:
                self._view("dashboard", self._random.choice(CAMPAIGNS))
            else:
                self._random.choices((self._turn, self._search, self._open, self._click), (5, 2, 2, 4))[0]()
            self._clock += pause()

    def watch(self, watching: Watching) -> None:
        """Opens the exercise, and says how it was."""
        self._clock = watching.at
        self._said("exercise.start", "engagement", "exercise", watching.title.media_id)
        self._clock += watching.lasting + 2000
        rating = self._random.choices((5, 4, 3, 2, 1), (8, 6, 3, 1, 1))[0]
        self._said("feedback.submit", "feedback", "exercise", watching.title.media_id, numeric_value=rating)
        self._clock += self.pause()
        self._view("progress")

    def _turn(self) -> None:
        page = self._random.choice(list(PAGES))
        condition = self._random.choice(CONDITIONS)
        if page == "treatment-plan-library":
            found = {"filter_condition": condition, "results_count": self._random.randrange(3, 40)}
            self._view(page, f"?filter={condition}", properties=found)
        else:
            self._view(page)

    def _search(self) -> None:
        words = self._random.choice(CONDITIONS).replace("_", " ")
        found = {"query": words, "results_count": self._random.choices((0, 2, 7, 18), (1, 2, 4, 3))[0]}
        self._said("search.submit", "search", "page", "treatment-plan-library", properties=found)

    def _open(self) -> None:
        title = self._random.choice(TITLES)
        self._view(title.media_id, kind="exercise", path=f"/exercise/{title.media_id}")

    def _click(self) -> None:
        button = self._random.choice(("add-to-plan", "next-week", "print", "contact-therapist", "close"))
        self._said("button.click", "interaction", "button", button)

    def _view(self, name: str, query: str = "", kind: str = "page", path: str | None = None, **more: Any) -> None:
        before, self._url = self._url, f"{HOST}{path or PAGES[name]}{query}"
        self._said("page.view", "navigation", kind, name, **({"referrer_url": before} if before else {}), **more)

    def _said(self, name: str, category: str, kind: str, of: str, **more: Any) -> None:
        event = {"event_name": name, "event_category": category, "resource_type": kind, "resource_id": of}
        self.acts.append(Act(self._clock, {**event, "page_url": self._url, **more}))
