"""What administrators ask about the installation as a whole: geo database and privacy exclusions, of no organisation.

The role admin is enough, whichever organisation the token names: what is fetched is the same for all, the job is one at
a time, and nothing in an answer is of any organisation.
"""

from query_api.admin.geo import GeoRoutes
from query_api.admin.privacy import PrivacyRoutes
from query_api.answers import Stores
from web.tenancy import RouteSpec


def admin_routes(stores: Stores) -> list[RouteSpec]:
    """Every route below /v1/admin/."""
    return [*GeoRoutes(stores).routes(), *PrivacyRoutes(stores).routes()]
