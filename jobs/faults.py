"""What can go wrong in leased work.

Terminal
└── WorkFailed     the work's own process failed
Transient
├── WorkStopped    the worker was told to stop before the work was done
└── NothingYet     what the work needs is not there yet
"""

from schemas.shared.faults import Terminal, Transient


class WorkFailed(Terminal):
    """The process that did the work ended without a result."""


class WorkStopped(Transient):
    """The worker ends; the work is done by the next one."""


class NothingYet(Transient):
    """What the work needs is not there yet."""
