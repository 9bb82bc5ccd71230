"""A film for adaptive players: 40 s in two renditions with sound, one set of segments for HLS and DASH."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SECONDS, PICTURES, SAMPLES = 40, 25, 48_000
SEGMENT_SECONDS = 2
RENDITIONS = ((320, 180, 700_000), (160, 90, 200_000))
"""Width, height, bit/s: kept constant, so that a player's choice is the server's doing."""
SOUND_FRAME = 1024
MUXER = {
    "seg_duration": str(SEGMENT_SECONDS),
    "hls_playlist": "1",
    "use_timeline": "0",
    "adaptation_sets": "id=0,streams=0,1 id=1,streams=2",
    "init_seg_name": "init-$RepresentationID$.m4s",
    "media_seg_name": "seg-$RepresentationID$-$Number$.m4s",
}


def write_film(folder: Path) -> None:
    """`film.mpd`, `master.m3u8` and their segments, in a second."""
    with av.open(str(folder / "film.mpd"), "w", format="dash", options=MUXER) as container:
        pictures = [_picture_stream(container, *rendition) for rendition in RENDITIONS]
        sound = container.add_stream("aac", rate=SAMPLES, layout="mono")
        frames = _sounds()
        for number, picture in enumerate(_pictures()):
            for stream in pictures:
                scaled = picture.reformat(width=stream.width, height=stream.height, format="yuv420p")
                scaled.pts, scaled.time_base, scaled.duration = number, Fraction(1, PICTURES), 1
                container.mux(stream.encode(scaled))
            for frame in _until(frames, (number + 1) * SAMPLES // PICTURES):
                container.mux(sound.encode(frame))
        for each in (*pictures, sound):
            container.mux(each.encode())


def _picture_stream(container: Any, width: int, height: int, bits: int) -> Any:
    stream = container.add_stream("libx264", rate=PICTURES)
    stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", bits
    stream.codec_context.gop_size = SEGMENT_SECONDS * PICTURES
    stream.codec_context.thread_count = 1
    constant = dict.fromkeys(("minrate", "maxrate", "bufsize"), str(bits))
    stream.options = {"preset": "ultrafast", "tune": "zerolatency", "nal-hrd": "cbr", "sc_threshold": "0", **constant}
    return stream


def _pictures() -> Iterator[av.VideoFrame]:
    """Noise that moves: nothing compresses worse."""
    noise = np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    for number in range(SECONDS * PICTURES):
        yield av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, axis=1), format="rgb24")


def _sounds() -> Iterator[av.AudioFrame]:
    """A tone of 440 Hz, over before the pictures are: what remained would be a segment that hls.js never asks for."""
    for begin in range(0, SECONDS * SAMPLES - 2 * SOUND_FRAME, SOUND_FRAME):
        tone = np.sin(np.arange(begin, begin + SOUND_FRAME) * (2 * np.pi * 440 / SAMPLES))
        frame = av.AudioFrame.from_ndarray((0.1 * tone).astype(np.float32)[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLES, begin, Fraction(1, SAMPLES)
        yield frame


def _until(frames: Iterator[av.AudioFrame], sample: int) -> Iterator[av.AudioFrame]:
    """Those that begin before this sample."""
    for frame in frames:
        yield frame
        if (frame.pts or 0) + SOUND_FRAME >= sample:
            return
