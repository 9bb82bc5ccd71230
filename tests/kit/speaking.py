"""A child that says something; `python -m tests.kit.speaking WHAT`."""

import json
import os
import signal
import subprocess
import sys


def path() -> None:
    """Its import path, and that of a Python that it starts."""
    own = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.path))"]
    theirs = json.loads(subprocess.run(own, capture_output=True, check=True).stdout)
    print(json.dumps([sys.path, theirs]))


def last_words() -> None:
    """Ten MB of them, and an argument at their end."""
    for _ in range(10):
        sys.stderr.write("x" * 1_000_000)
    sys.stderr.write(f"cannot read {os.path.abspath(sys.argv[2])}\n")
    sys.exit(3)


def never() -> None:
    """Nothing, until it is killed."""
    signal.pause()


if __name__ == "__main__":
    {"path": path, "last words": last_words, "never": never}[sys.argv[1]]()
