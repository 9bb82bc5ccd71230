"""Applications of an installation and their tokens; in development also the one that a published example names."""

from collections.abc import Collection, Mapping, Sequence

from control.applications import Application
from control.faults import ApplicationUnknown
from kinelake.api_keys import fresh_secret, pepper_of
from kinelake.example.people import ORGANISATION
from kinelake.faults import ApplicationTaken, NotInDevelopment
from kinelake.installation import Installation
from schemas.shared.discovery import declared_in
from web.application_tokens import PUBLIC, SECRET, TokenKind
from web.options import development

SCOPES = (PUBLIC, SECRET)
CONSENT = 2


def token_kind() -> TokenKind:
    """The tokens of applications, which are one family's, as the gateway declares them."""
    (kind,) = declared_in("ingest_gateway", "TOKENS").values()
    found: TokenKind = kind
    return found


def new_tokens(
    installation: Installation, application: Application, scopes: Collection[str] = SCOPES, *, alone: bool = False
) -> Mapping[str, str]:
    """Scope → a new token, which is nowhere else; the one before stays valid until there is one more.

    With `alone` those before end at once. Raises BadPepper where other keys have another pepper.
    """
    kind, keys, tokens = token_kind(), installation.control.api_keys, dict[str, str]()
    for scope in scopes:
        fresh = fresh_secret(installation, kind.family, kind.prefix(scope))
        keys.rotate(kind.family, application, scope, fresh.lookup, fresh.pepper, keeps=0 if alone else 1)
        tokens[scope] = fresh.secret
    return tokens


def end_older_tokens(
    installation: Installation, application: Application, scopes: Collection[str] = SCOPES
) -> Mapping[str, Sequence[str]]:
    """Scope → the ids of the tokens that ended: all but the newest."""
    keys, family = installation.control.api_keys, token_kind().family
    return {scope: keys.end_older(family, application, scope) for scope in scopes}


def example_token(installation: Installation) -> str:
    """The public token of the example's application, both made on first use.

    Raises NotInDevelopment, or ApplicationTaken where another organisation has the application's id.
    """
    if not development(installation.settings):
        raise NotInDevelopment("KINELAKE_JWT_ISSUER is set: `kinelake app create` makes tokens that count")
    kind, keys, pepper = token_kind(), installation.control.api_keys, pepper_of(installation)
    application, token = _example_application(installation, kind), kind.example.public_token
    lookup = pepper.lookup(kind.family, token.encode())
    if not keys.is_known(kind.family, lookup):
        keys.create(kind.family, application, PUBLIC, lookup, pepper.name)
    return token


def _example_application(installation: Installation, kind: TokenKind) -> Application:
    installation.control.organisations.ensure(ORGANISATION)
    applications, example = installation.control.applications, kind.example
    try:
        found = applications.find(example.id)
    except ApplicationUnknown:
        return applications.create(ORGANISATION, example.name, CONSENT, example.id)
    if found.tenant != ORGANISATION:
        raise ApplicationTaken(
            f"organisation {found.tenant!r} has the application {example.id} of the published example: "
            "start without --example, or with another data folder"
        )
    return found
