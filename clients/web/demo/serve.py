"""Serves the demo page on http://127.0.0.1:8090 with a film that is made here: `python serve.py [PORT]`; needs PyAV."""

import io
import math
import sys
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np

HERE = Path(__file__).parent
RATE, SECONDS, WIDTH, HEIGHT = 25, 60, 480, 270


@cache
def film() -> bytes:
    """A minute of a dot that goes around, as WebM."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(RATE * SECONDS):
            turn = 2 * math.pi * number / (5 * RATE)
            dot = np.hypot(rows - HEIGHT * (0.5 + 0.3 * math.sin(turn)), columns - WIDTH * (0.5 + 0.3 * math.cos(turn)))
            picture = np.where(dot[..., None] < 24, (240, 200, 80), (30, 60, 90)).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


class Page(SimpleHTTPRequestHandler):
    """The files of this folder, the built client and the film."""

    def translate_path(self, path: str) -> str:
        """The client is where it was built."""
        return str(HERE.parent / "dist" / path[1:]) if path.startswith("/kinelake.js") else super().translate_path(path)

    def do_GET(self) -> None:
        """The film by bytes that a player asks for, all else as it lies there."""
        if self.path != "/film.webm":
            super().do_GET()
            return
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        rest = film()[first:]
        self.send_response(206)
        self.send_header("Content-Type", "video/webm")
        self.send_header("Content-Range", f"bytes {first}-{len(film()) - 1}/{len(film())}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8090
    print(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), lambda *given: Page(*given, directory=str(HERE))).serve_forever()
