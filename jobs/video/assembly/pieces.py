"""Runs of video pieces as one video: what MP4 can hold is taken over as it is, sound too.

What it cannot hold (VP8) or refuses, or what changes its format in the middle, is decoded to be encoded again, without
sound.
A run begins where the one before it ended, unless it says itself that it begins later: what is missing keeps its time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from jobs.video.assembly.limits import LONGEST_SECONDS
from jobs.video.assembly.runs import Format, Run
from jobs.video.assembly.writer import MP4
from jobs.video.decode import decoded, pictured, prepare

COPIED: Final = frozenset({"h264", "hevc", "vp9", "av1"})
COPIED_SOUND: Final = frozenset({"aac", "mp3", "opus", "flac"})
DEFAULT_RATE: Final = 25


def copyable(formats: Sequence[Format]) -> bool:
    """Whether MP4 can hold them as they are, in one track."""
    return len(set(formats)) == 1 and formats[0].codec in COPIED


@dataclass
class Clock:
    """The video's time in seconds: what a run calls a time is `shift` earlier, and `end` is where all so far ends."""

    end: Fraction = Fraction(0)
    shift: Fraction = field(default=Fraction(0), init=False)

    def begin(self, first: Fraction) -> None:
        """A run begins whose first time is this."""
        self.shift = -first if self.end == 0 else max(Fraction(0), self.end - first)

    def passed(self, until: Fraction) -> None:
        """Something is shown until then."""
        self.end = max(self.end, until)


def join(runs: Sequence[Run], out: str) -> tuple[int, Fraction]:
    """Writes runs of one format as one file, their packets as they are; how many pictures, and how many seconds."""
    pictures, clock = 0, Clock()
    tracks: dict[str, Any] = {}
    with av.open(out, "w", format="mp4", options=dict(MP4)) as container:
        for run in runs:
            with run.opened() as source:
                streams = _streams(source)
                if not tracks:
                    tracks = {kind: container.add_stream_from_template(stream) for kind, stream in streams.items()}
                for packet in _shifted(source, [streams[kind] for kind in streams if kind in tracks], clock):
                    pictures += packet.stream.type == "video"
                    packet.stream = tracks[packet.stream.type]
                    container.mux(packet)
    return pictures, clock.end


def frames(runs: Sequence[Run]) -> Iterator[tuple[Fraction, Fraction, VideoFrame]]:
    """Every frame that can be decoded: from which second on it is shown, until when, and what it shows; they rise."""
    clock = Clock()
    for run in runs:
        with run.opened() as source:
            stream = pictured(source)
            assert stream is not None, "it has a format"
            prepare(stream)
            # a rate is what a header says: the last picture is shown for a second at most
            lasting = 1 / max(Fraction(1), stream.average_rate or stream.guessed_rate or Fraction(DEFAULT_RATE))
            for number, frame in enumerate(decoded(source, stream)):
                said = None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
                if number == 0:
                    clock.begin(said or Fraction(0))
                begin = clock.end if said is None else said + clock.shift
                if 0 <= begin < LONGEST_SECONDS:
                    clock.passed(begin + lasting)
                    yield begin, begin + lasting, frame


def _streams(source: InputContainer) -> dict[str, Any]:
    sound = next((each for each in source.streams.audio if _codec(each) in COPIED_SOUND), None)
    return {"video": pictured(source), **({} if sound is None else {"audio": sound})}


def _codec(stream: Any) -> str:
    """What it is packed by; "" where nobody knows that."""
    return "" if stream.codec_context is None else str(stream.codec_context.codec.canonical_name)


def _shifted(source: InputContainer, streams: Sequence[Any], clock: Clock) -> Iterator[Any]:
    """The packets with their place in the whole, times rising in each track."""
    begun = False
    last: dict[int, int] = {}
    for packet in _packets(source, streams):
        base = packet.time_base
        if not begun:
            clock.begin(packet.dts * base)
            begun = True
        ticks = round(clock.shift / base)
        packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
        if packet.dts > last.get(packet.stream_index, -1) and packet.pts * base < LONGEST_SECONDS:
            last[packet.stream_index] = packet.dts
            clock.passed((packet.pts + (packet.duration or 0)) * base)
            yield packet


def _packets(source: InputContainer, streams: Sequence[Any]) -> Iterator[Any]:
    """What stands before any damage."""
    packets = source.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except MemoryError:
            raise
        except FFmpegError:
            return
        if packet is None:
            return
        if packet.size and packet.time_base and packet.pts is not None and packet.dts is not None:
            yield packet
