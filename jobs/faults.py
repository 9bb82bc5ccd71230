"""What can go wrong in leased work.

Terminal
├── NothingToDo    what was asked for is no work that there is
└── NotAnchored    rows of a chain may not go, since nobody can sign where it is cut
Transient
├── WorkFailed     the work's own process died
├── WorkTooSlow    the work's own process was not done in its time, and was ended
├── WorkStopped    the worker was told to stop, or lost the lease, before the work was done
└── NothingYet     what the work needs is not there yet
"""

from schemas.shared.faults import Terminal, Transient


class NothingToDo(Terminal):
    """No stream settles by that name, or no kind of job runs in the lanes that were named."""


class NotAnchored(Terminal):
    """Whose key would sign the cut of a chain is not in control."""


class WorkFailed(Transient):
    """The process that did the work ended without a result; as with a worker that dies, what killed it may pass.

    `code` is its exit code, negative after a signal, where it is known.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return self.message


class WorkTooSlow(Transient):
    """The process that did the work was given up; with less to do beside it, it may be quicker."""


class WorkStopped(Transient):
    """The work is done by another worker, or by the next one."""


class NothingYet(Transient):
    """What the work needs is not there yet."""
