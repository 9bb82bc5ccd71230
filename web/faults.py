"""What can go wrong in the HTTP frame itself; what is answered to a client is a `web.problems.Problem`.

Terminal
├── InsecureBinding        reachable from elsewhere without an issuer
├── IncompleteSettings     an issuer without its keys or audience
├── BadKeys                the JWKS is no key set
├── BadPepper              not the one that API keys were made with
├── UnguardedRoute         a route that no one's tenant check covers
├── AddressTaken           something else listens there
└── TooFewFiles            the system's limit leaves no room for connections
Transient
└── KeysUnavailable        the JWKS cannot be read
"""

from schemas.shared.faults import Terminal, Transient


class InsecureBinding(Terminal):
    """Bound to more than loopback without an issuer: anyone could sign tokens with the development key's rules."""


class IncompleteSettings(Terminal):
    """Settings that only make sense together are not all given."""


class BadKeys(Terminal):
    """The JWKS holds no usable key set."""


class BadPepper(Terminal):
    """The secret that API keys are looked up by is not the one they were made with."""


class UnguardedRoute(Terminal):
    """A route was added to an app past `web.tenancy.route`."""


class AddressTaken(Terminal):
    """The address to listen on is taken or not this machine's."""


class TooFewFiles(Terminal):
    """The system's limit of open files leaves no room for connections."""


class KeysUnavailable(Transient):
    """The JWKS cannot be read now."""
