"""Every read of the motion family."""

from query_api.motion.exports import ExportRoutes
from query_api.motion.films import FilmRoutes
from query_api.motion.joint_mobility import JointMobilityRoutes
from query_api.motion.lifts import LiftRoutes
from query_api.motion.page.invitations import InvitationRoutes
from query_api.motion.reads import Reads
from query_api.motion.reports import ReportRoutes
from query_api.motion.sessions import SessionRoutes
from query_api.motion.threads import ThreadRoutes
from web.tenancy import RouteSpec


def motion_routes(reads: Reads) -> list[RouteSpec]:
    """All of them, over whatever `reads` has its sessions and analyses from."""
    rooms = (SessionRoutes, ExportRoutes, FilmRoutes, LiftRoutes, ReportRoutes, ThreadRoutes, JointMobilityRoutes)
    own = [spec for made in rooms for spec in made(reads).routes()]
    return [*own, *InvitationRoutes(reads).routes()]
