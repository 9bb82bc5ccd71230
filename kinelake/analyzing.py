"""What `kinelake analyze` shows of its work: a progress bar, and a table at the end."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text as Line

from jobs.video.analyze import Analysed, analyze_demo, analyze_file
from jobs.video.chain import Stage
from kinelake.output import print_table
from motion.metric import Metric
from motion.request import Request
from motion.texts import amount, comments, explained, label


def analysed(video: Path | None, request: Request, out: Path | None) -> Analysed:
    """The film's analysis, or without one the demo session's, in its folder; a progress bar on stderr."""
    with _progress_bar() as progress:
        if video is None:
            return analyze_demo(request.activity, request, out or Path(f"demo-{request.activity}-analysis"), progress)
        return analyze_file(video, request, out or Path(f"{video.stem}-analysis"), progress)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int, Stage], None]]:
    """A bar on the terminal for each stage, told how many frames are done of how many; gone when all is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _FramesPerSecond(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[Stage, TaskID] = {}

        def moved(done: int, total: int, stage: Stage) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(_STAGES[stage], total=None)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield moved


_STAGES = {
    Stage.PROBE: "Looking at the file",
    Stage.POSE: "Finding the body",
    Stage.ANALYSIS: "Measuring",
    Stage.DRAWING: "Drawing",
}


class _FramesPerSecond(ProgressColumn):
    """How fast it goes."""

    def render(self, task: Task) -> Line:
        speed = task.finished_speed or task.speed
        return Line("" if speed is None else f"{speed:.0f} frames/s")


def print_summary(done: Analysed) -> None:
    """The session's numbers as a table, what they say, and where the files are."""
    request = done.analysis.request
    metrics = [metric for metric in done.analysis.findings.metrics if metric.rep is None]
    print_table(("number", "value", "±", "confidence", "why not"), (_row(metric, request) for metric in metrics))
    said = comments(done.analysis, request.language, request.measurement_system)
    typer.echo(said["final_summary"].text)
    typer.echo(f"\n{done.folder.absolute()}")


def _row(metric: Metric, request: Request) -> Iterable[str | None]:
    def shown(number: float | None) -> str | None:
        return None if number is None else amount(number, metric.unit, request.language, request.measurement_system)

    return (
        label(metric.name, request.language),
        shown(metric.value),
        shown(metric.uncertainty),
        None if metric.value is None else f"{metric.confidence:.2f}",
        "" if metric.reason is None else explained(metric.reason, request.language),
    )
