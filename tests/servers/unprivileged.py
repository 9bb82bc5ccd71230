"""Run a program without root's right to pass over file permissions, so that a read-only folder is read-only."""

import os
from collections.abc import Sequence

from tests.servers.required import program

# The user stays root, who owns the interpreter and the folders of the test; only the override goes.
DROPPED = "--bounding-set=-dac_override,-dac_read_search"


def unprivileged(command: Sequence[str]) -> list[str]:
    """The command to run instead of `command`; the same one where we are not root."""
    if os.geteuid() != 0:
        return list(command)
    return [program("setpriv", "util-linux"), DROPPED, "--inh-caps=-all", "--", *command]
