"""A finished analysis as the files of its folder; videos, pictures and the report come from elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jobs.video import folder as names
from jobs.video.files import write_csv, write_json, write_zip
from motion import documents
from motion.analysis import Analysis
from motion.documents import SessionInfo
from motion.documents.info import Images
from motion.documents.pictures import view_names
from motion.request import Activity, Language, MeasurementSystem
from motion.texts import Text, comments, recommendations
from reports.squat import report

ARCHIVED: Final = (names.EXPORT, names.KEYPOINTS, names.ANGLES, names.METRICS)
"""What the archive holds beside the pictures."""

Texts = dict[Language, dict[str, Text]]


@dataclass(frozen=True, slots=True)
class Finished:
    """An analysis, what is known of its session, and its phases' pictures by their paths in the folder."""

    analysis: Analysis
    info: SessionInfo
    images: Images


def write_results(folder: Path, finished: Finished) -> None:
    """session, export and its archive, tables, texts in all languages, and the lift analysis where lifts are."""
    analysis, info, images = finished.analysis, finished.info, finished.images
    write_json(folder / names.SESSION, documents.session(analysis, info, images))
    write_json(folder / names.EXPORT, documents.export(analysis, images=images, demo=info.demo))
    write_csv(folder / names.KEYPOINTS, *documents.keypoints_table(analysis))
    write_csv(folder / names.ANGLES, *documents.angles_table(analysis))
    write_csv(folder / names.METRICS, *documents.metrics_table(analysis))
    write_json(folder / names.TEXTS, plain(in_every_language(analysis, comments)))
    if analysis.request.activity is Activity.WEIGHTLIFTING:
        texts = in_every_language(analysis, recommendations)
        write_json(folder / names.LIFTS, documents.lift_analysis(analysis, texts, info, images))
    write_archive(folder, finished)


def write_report(folder: Path, finished: Finished) -> None:
    """The report of an overhead squat; the pictures of the views that were filmed have to be in the folder."""
    filmed = view_names(finished.analysis).values()
    made = report(
        finished.analysis, finished.info, {name: (folder / names.PICTURES / name).read_bytes() for name in filmed}
    )
    (folder / names.PAGE).write_text(made.page, encoding="utf-8")
    (folder / names.PDF).write_bytes(made.pdf)


def write_archive(folder: Path, finished: Finished) -> None:
    """The archive of what is in the folder."""
    pictures = sorted((folder / names.PICTURES).glob("*.png"))
    readme = documents.readme(finished.analysis, finished.info, [*ARCHIVED, *([f"{names.PICTURES}/"] * bool(pictures))])
    write_zip(folder / names.ARCHIVE, [*(folder / name for name in ARCHIVED), *pictures], readme)


def in_every_language(
    analysis: Analysis, said: Callable[[Analysis, Language, MeasurementSystem], dict[str, Text]]
) -> Texts:
    """Texts of one kind, by language, in the measurement system that was asked for."""
    return {language: said(analysis, language, analysis.request.measurement_system) for language in Language}


def plain(texts: Texts) -> Mapping[str, Any]:
    """Language -> name -> text and references."""
    return {
        str(language): {name: {"text": one.text, "references": list(one.references)} for name, one in said.items()}
        for language, said in texts.items()
    }
