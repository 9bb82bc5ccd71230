"""What can go wrong with flows beyond what the log, the tables and control say.

Transient
└── FlowNotRunning   a flow of this process does not run now; the message says why
"""

from schemas.shared.faults import Transient


class FlowNotRunning(Transient):
    """A flow of this process does not run now: it is starting, waits to start again, or has ended for good."""
