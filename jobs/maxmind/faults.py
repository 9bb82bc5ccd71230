"""What can go wrong while fetching from MaxMind.

Terminal
├── NotConfigured        no account is set
├── MaxMindRefused       MaxMind does not give this account what was asked for
├── BadAnswer            what came is not what was announced, or no such database; the old one stays
└── NotDone              what somebody waits for has failed, whatever the reason; they may ask again
Transient
└── MaxMindUnreachable   MaxMind does not answer, is too slow, or says that it cannot now
"""

from schemas.shared.faults import Terminal, Transient


class NotConfigured(Terminal):
    """KINELAKE_GEO_ACCOUNT and KINELAKE_GEO_LICENSE_KEY are not both set."""


class MaxMindRefused(Terminal):
    """MaxMind does not know the account, or does not give it this."""


class BadAnswer(Terminal):
    """What came cannot be used."""


class NotDone(Terminal):
    """An update that somebody waits for failed; it is not tried again behind their back."""


class MaxMindUnreachable(Transient):
    """MaxMind does not answer in time, or asks to come back later."""
