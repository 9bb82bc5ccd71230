"""One viewing, from session_start to its end, as a player would report it."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from kinelake.example.places import Network

HEARTBEAT_MS: Final = 10_000
LADDER: Final = ((400_000, "360p"), (1_200_000, "480p"), (2_800_000, "720p"), (5_200_000, "1080p"))
"""Bitrate in bit/s and resolution of each rendition."""

RATES: Final = {1.0: 0.9, 1.25: 0.05, 1.5: 0.03, 0.75: 0.02}
MILESTONES: Final = (25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Title:
    """Something to watch."""

    media_id: str
    media_type: str
    duration_ms: int


TITLES: Final = (
    Title("example-neck-rotation", "video", 120_500),
    Title("example-shoulder-circles", "video", 180_000),
    Title("example-squat-basics", "exercise", 240_000),
    Title("example-lower-back-relief", "video", 420_000),
    Title("example-knee-rehabilitation", "exercise", 600_000),
    Title("example-posture-course", "video", 900_000),
    Title("example-morning-mobility", "exercise", 1_200_000),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a viewing, `at` ms after its beginning."""

    at: int
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Habits:
    """Chances per ten seconds of playing, and of whole viewings."""

    seek: float = 0.012
    pause: float = 0.012
    quality_change: float = 0.03
    leave: float = 0.005
    error: float = 0.002
    fatal_error: float = 0.0006
    exit_before_start: float = 0.04
    startup_failure: float = 0.01
    silent_end: float = 0.2


def viewing(random: Random, title: Title, network: Network, habits: Habits | None = None) -> list[Step]:
    """The events of one viewing in the order they happen."""
    player = _Player(random, title, network, habits or Habits())
    player.watch()
    return player.steps


class _Player:
    """A player: a clock and a playhead in ms, and the counters it reports."""

    def __init__(self, random: Random, title: Title, network: Network, habits: Habits) -> None:
        self.steps: list[Step] = []
        self._random = random
        self._title = title
        self._network = network
        self._habits = habits
        self._clock = 0
        self._position = 0
        self._watched = 0
        self._heartbeat_at = 0
        self._milestones = list(MILESTONES)
        self._rung = random.randint(0, network.top)
        self._rate = random.choices(list(RATES), list(RATES.values()))[0]
        self._stalls = 0
        self._stalled_ms = 0
        self._dropped = 0

    def watch(self) -> None:
        """Everything from set-up to the end."""
        load_ms = self._set_up()
        if self._chance(self._habits.startup_failure):
            self._clock += load_ms
            self._fail("EXAMPLE_LOAD_FAILED", fatal=True)
        elif self._chance(self._habits.exit_before_start):
            self._clock += self._random.randrange(200, 8_000)
            self._end("abandoned")
        else:
            self._clock += load_ms
            self._heartbeat_at = self._clock + HEARTBEAT_MS
            self._say("play")
            self._play_on()

    def _set_up(self) -> int:
        draw = self._random.lognormvariate
        ttfb, load = self._network.startup_ms / 4 * draw(0, 0.5), self._network.startup_ms * draw(0, 0.5)
        bitrate, resolution = LADDER[self._rung]
        self._emit(
            "session_start",
            total_duration_seconds=self._title.duration_ms / 1000,
            connection_type=self._random.choices(("wifi", "cellular", "ethernet"), (6, 3, 1))[0],
            ttfb_ms=round(ttfb),
            video_load_time_ms=round(load),
            cdn_response_time_ms=round(ttfb * 0.8),
            effective_bandwidth=round(2 + bitrate / 5e5 * draw(0, 0.3), 1),
            rtt_ms=round(ttfb / 3),
            initial_bitrate=bitrate,
            initial_resolution=resolution,
        )
        return round(load)

    def _play_on(self) -> None:
        """Ten seconds after ten seconds, with at most one incident in each, until the content or the patience ends."""
        while self._advance(self._random.randrange(1_000, 9_000)):
            incident = self._incident()
            if incident is None:
                if not self._advance(HEARTBEAT_MS // 2):
                    break
            elif not incident():
                return
        self._end("completed")

    def _incident(self) -> Any:
        """What happens now, if anything; it says whether the viewing goes on."""
        habits = self._habits
        stall = self._network.stalls_per_minute / 6
        incidents = (
            (stall, self._stall),
            (habits.quality_change, self._change_quality),
            (habits.seek, self._seek),
            (habits.pause, self._pause),
            (habits.error, self._stumble),
            (habits.leave + stall * 0.05, self._leave),
            (habits.fatal_error, self._break_down),
        )
        draw = self._random.random()
        for chance, happening in incidents:
            draw -= chance
            if draw < 0:
                return happening
        return None

    def _stall(self) -> bool:
        self._say("buffering_start")
        length = round(900 * self._random.lognormvariate(0, 0.8))
        self._wait(length)
        self._stalls += 1
        self._stalled_ms += length
        self._say("buffering_end", **({"duration_ms": length} if self._chance(0.5) else {}))
        return True

    def _change_quality(self) -> bool:
        before, self._rung = self._rung, max(0, min(self._network.top, self._rung + self._random.choice((-1, 1))))
        if before != self._rung:
            (from_bitrate, from_resolution), (to_bitrate, to_resolution) = LADDER[before], LADDER[self._rung]
            self._say(
                "quality_change",
                from_resolution=from_resolution,
                to_resolution=to_resolution,
                from_bitrate=from_bitrate,
                to_bitrate=to_bitrate,
                automatic=self._chance(0.9),
            )
        return True

    def _seek(self) -> bool:
        before, self._position = self._position, self._random.randrange(self._title.duration_ms - 1_000)
        self._milestones = [m for m in self._milestones if m * self._title.duration_ms >= 100 * self._position]
        self._emit("seek", from_seconds=before / 1000, to_seconds=self._position / 1000)
        if self._chance(0.4):
            self._say("buffering_start")
            self._wait(self._random.randrange(50, 1_500))
            self._say("buffering_end")
        return True

    def _pause(self) -> bool:
        self._say("pause")
        self._clock += round(20_000 * self._random.lognormvariate(0, 1))
        if self._chance(0.15):
            return False
        self._heartbeat_at = self._clock + HEARTBEAT_MS
        self._say("play")
        return True

    def _stumble(self) -> bool:
        self._fail("EXAMPLE_SEGMENT_RETRIED", fatal=False)
        return True

    def _leave(self) -> bool:
        if not self._chance(self._habits.silent_end):
            self._end("abandoned")
        return False

    def _break_down(self) -> bool:
        self._fail("EXAMPLE_DECODER_FAILED", fatal=True)
        return False

    def _advance(self, ms: int) -> bool:
        """Play for `ms`, reporting on the way; false at the end of the content."""
        end = self._clock + ms
        while True:
            milestone = self._next_milestone()
            target = self._title.duration_ms if milestone is None else milestone * self._title.duration_ms // 100
            reached = self._clock + max(0, round((target - self._position) / self._rate))
            at = min(end, reached, self._heartbeat_at)
            self._position = target if at == reached else self._position + round((at - self._clock) * self._rate)
            self._watched += at - self._clock
            self._clock = at
            if at == reached:
                if milestone is None:
                    return False
                self._milestones.remove(milestone)
                self._say("milestone", percent=milestone)
            elif at == self._heartbeat_at:
                self._heartbeat()
            else:
                return True

    def _next_milestone(self) -> int | None:
        return self._milestones[0] if self._milestones else None

    def _wait(self, ms: int) -> None:
        """Let time pass without playing; heartbeats go on."""
        end = self._clock + ms
        while self._heartbeat_at < end:
            self._clock = self._heartbeat_at
            self._heartbeat()
        self._clock = end

    def _heartbeat(self) -> None:
        self._heartbeat_at += HEARTBEAT_MS
        self._dropped += self._random.choices((0, 1, 7), (90, 8, 2))[0]
        bitrate, resolution = LADDER[self._rung]
        self._say(
            "heartbeat",
            **self._counters(),
            current_bitrate=bitrate,
            current_resolution=resolution,
            playback_rate=self._rate,
        )

    def _counters(self) -> dict[str, Any]:
        return {
            "watched_seconds": self._watched / 1000,
            "buffering_count": self._stalls,
            "buffering_duration_ms": self._stalled_ms,
            "dropped_frames": self._dropped,
        }

    def _end(self, final_status: str) -> None:
        percent = round(min(100.0, 100 * self._watched / self._title.duration_ms), 1)
        self._say("session_end", final_status=final_status, completion_percent=percent, **self._counters())

    def _fail(self, code: str, *, fatal: bool) -> None:
        self._say("error", error_code=code, error_message="An example failure", **({} if fatal else {"fatal": False}))

    def _say(self, kind: str, **data: Any) -> None:
        self._emit(kind, position_seconds=self._position / 1000, **data)

    def _emit(self, kind: str, **data: Any) -> None:
        self.steps.append(Step(self._clock, kind, data))

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability
