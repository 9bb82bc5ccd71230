"""Runs measurements one after the other, prints their figures, and puts the last full ones into the README.

python -m benchmarks [name …] [--quick]
"""

import argparse
import subprocess
import sys

from benchmarks.flow_figures import flow_figures
from benchmarks.report import kept_figures, table, write_readme

NAMES = (
    "flow", "gateway", "freshness", "steady", "query", "start", "thirteen", "motion", "commits", "audit", "geo_swap",
    "pose_latency", "dashboard", "capture", "heatmap", "erasure", "erasure_beside", "assembly", "export",
    "game", "game_reads", "motion_uploads", "motion_reads", "films", "log_size", "clients", "peers",
)  # fmt: skip
QUICK_FLOW = ("--events", "200000", "--single")
FLOWS = ((), ("--only", "20", "--events", "2000000", "--single"))
"""The flow is measured on single posts' messages and on batches."""


def main() -> int:
    """Every measurement as a process of its own; 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; by default all")
    parser.add_argument("--quick", action="store_true", help="short runs, to see that they work; nothing is kept")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    failed = [name for name in arguments.names or NAMES if not _ran(name, arguments.quick)]
    if not arguments.quick:
        write_readme({name: flow_figures() if name == "flow" else kept_figures(name) for name in NAMES})
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _ran(name: str, quick: bool) -> bool:
    print(f"\n{name}\n", flush=True)
    options = () if not quick else QUICK_FLOW if name == "flow" else ("--quick",)
    runs = [(*of, *options) for of in (FLOWS if name == "flow" else ((),))]
    module = f"benchmarks.{name}"
    ended = max(subprocess.run([sys.executable, "-m", module, *run], check=False).returncode for run in runs)
    if name == "flow" and ended == 0:
        print("\n".join(table(flow_figures())), flush=True)
    return ended == 0


if __name__ == "__main__":
    sys.exit(main())
