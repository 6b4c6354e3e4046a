"""The report of a study: one HTML file that contains its figures and pictures."""

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from PIL import Image

from study.analysis import phrases
from study.analysis.figures import pictures_figure, rates_figure, times_figure
from study.analysis.results import PictureRow
from study.analysis.snapshot import Snapshot
from study.analysis.statistics import Rate
from study.config import StudyConfig
from study.pool.stimuli import Pool

THUMBNAIL_SIDE = 240
"""Longer side of the pictures in galleries, in pixels."""


def thumbnail(png: bytes, side: int = THUMBNAIL_SIDE) -> bytes:
    """A picture of the pool as a small JPEG with a longer side of at most `side` pixels: only for galleries."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((side, side))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def sentences(snapshot: Snapshot, titles: Mapping[str, str]) -> list[str]:
    """All sentences about the results, for the text next to figures and tables."""
    report = snapshot.report
    if report is None:
        return []
    told = [phrases.sensitivity(phrases.title(model, titles), s) for model, s in report.sensitivity.items()]
    compared = [phrases.comparison(each, titles) for each in report.comparisons]
    classified = [
        phrases.classifier_sentence(model, telling, report.rates, phrases.title(model, titles))
        for model, telling in snapshot.classifier.items()
    ]
    stopping = phrases.stopping(snapshot.config, snapshot.attendance, snapshot.taken_at)
    return phrases.all_lines([stopping, *compared, *told, phrases.agreement(report), *classified])


def chance_rate(config: StudyConfig) -> float | None:
    """The rate of guessing: 0.5 in `pairs`, None in other layouts."""
    return 0.5 if config.protocol.layout == "pairs" else None


def legend(config: StudyConfig) -> str:
    """The legend of the figure of rates."""
    return phrases.LEGEND if chance_rate(config) is None else f"{phrases.LEGEND} {phrases.LEGEND_CHANCE}"


def html_report(snapshot: Snapshot, titles: Mapping[str, str] | None = None, gallery: bool = True) -> str:
    """The whole report as one HTML file that loads nothing from a server.

    Args:
        titles: model -> name to show.
        gallery: whether to include the pictures with the truth about each.
    """
    titles, config, report = titles or {}, snapshot.config, snapshot.report
    rows = report.pictures if report and gallery else []
    rates = rates_figure(snapshot.rates, titles, config.protocol.reference, chance_rate(config))
    return _template().render(
        phrases=phrases,
        snapshot=snapshot,
        config=config,
        pool=snapshot.pool,
        report=report,
        rates_figure=rates,
        legend=legend(config),
        rates=_cells(snapshot.rates, titles),
        all_rates=_cells(snapshot.all_rates, titles),
        sentences=sentences(snapshot, titles),
        exposures=[list(asdict(line).values()) for line in phrases.exposure_lines(report, titles)] if report else [],
        times_figure=times_figure(snapshot.times, titles) if snapshot.times else "",
        pictures_figure=pictures_figure(rows, titles),
        gallery=[_picture(row, snapshot.pool, titles) for row in rows],
    )


@cache
def _template() -> Template:
    """The template. All inserted values are escaped except the figures, which are SVG made by `figures`."""
    pages = Environment(
        loader=PackageLoader("study", "analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("report.html.j2")


def _cells(rates: Mapping[str, Rate], titles: Mapping[str, str]) -> list[list]:
    return [list(asdict(line).values()) for line in phrases.rate_lines(rates, titles)]


def _picture(row: PictureRow, pool: Pool, titles: Mapping[str, str]) -> dict:
    return {
        "kind": phrases.title(row.model, titles),
        "address": "data:image/jpeg;base64," + base64.b64encode(thumbnail(pool.picture(row.stimulus))).decode(),
        "rate": phrases.percent(row.rate),
        "n_votes": row.n_votes,
        "span": phrases.span(row.wilson_low, row.wilson_high),
    }
