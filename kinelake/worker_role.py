"""The role that does jobs."""

from jobs.kinds import recurring, works
from jobs.options import JobOptions
from jobs.worker import Worker
from kinelake.installation import Installation
from kinelake.quiet_role import quiet_role
from kinelake.role import instance, now


def run_worker(installation: Installation, supervised: bool) -> None:
    """Does jobs until it is told to stop; the one that runs is finished or left to the next worker."""
    settings = installation.settings
    with quiet_role(installation, "worker", supervised) as role:
        kinds = works(installation.lake, now, role.stopping)
        rounds = recurring(settings.room(JobOptions), settings.settle_every_seconds)
        worker = Worker(installation.control, kinds, rounds, instance(), now, role.stopping)
        role.started()
        worker.run()
