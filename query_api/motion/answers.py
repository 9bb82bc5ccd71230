"""What motion answers to the keys of people, and to who has a link to a page."""

from query_api.answers import Answers, Stores
from query_api.motion.page.pages import SessionPages
from query_api.motion.reads import Reads
from query_api.motion.routes import motion_routes
from query_api.motion.stored_analyses import StoredAnalyses
from query_api.motion.stored_configurations import StoredConfigurations
from query_api.motion.stored_sessions import StoredSessions
from query_api.motion.stored_threads import StoredThreads


def answers(stores: Stores) -> Answers:
    """All of it, over control and the tables."""
    sessions, configurations = StoredSessions(stores.control), StoredConfigurations(stores.control)
    analyses, threads = StoredAnalyses(stores.tables), StoredThreads(stores.tables, sessions.of_letters)
    reads = Reads(stores, sessions, analyses, threads, configurations)
    pages = SessionPages(reads)
    return Answers([*motion_routes(reads), *pages.routes()], families=(pages.family,))
