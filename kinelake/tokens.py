"""Development tokens of an installation."""

from datetime import timedelta

from control.organisations import BadOrganisationName, valid_name
from kinelake.faults import NotInDevelopment
from kinelake.installation import Installation
from web.development import issue_development_token


def development_token(
    installation: Installation, *, sub: str, org: str, role: str, consent: int, ttl: timedelta
) -> str:
    """A token signed with the data folder's key.

    Raises:
        NotInDevelopment: an issuer is set; only its tokens count.
        BadOrganisationName: no organisation can have this name.
    """
    issuer = installation.settings.jwt_issuer
    if issuer is not None:
        raise NotInDevelopment(
            f"KINELAKE_JWT_ISSUER is {issuer}, and only its tokens count: ask it for one, "
            "or unset the issuer for development"
        )
    if not valid_name(org):
        raise BadOrganisationName("--org is 1 to 128 printable characters without blanks at its ends")
    return issue_development_token(installation.folder.secrets, sub, org, role, consent, ttl)
