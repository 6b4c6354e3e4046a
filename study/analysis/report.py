"""One reading of a study's results, and what is handed out of it: tables as CSV, and a page that stands alone.

A `Snapshot` is read once; the rates, the tables, the votes file and the report made from it agree to the last vote.
"""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

from PIL import Image

from study.analysis import phrases
from study.analysis.figures import pictures_figure, rates_figure, times_figure
from study.analysis.results import PictureRow, Report
from study.analysis.statistics import NoVotesError, Rate
from study.folder import Attendance, Study, StudyConfig
from study.pool.stimuli import Pool
from study.votes.record import Vote, now_utc

THUMBNAIL_SIDE = 240
"""Longer side of the pictures in galleries, in pixels."""

SORTS = {
    "Most often taken for real": lambda row: (-row.rate, -row.n_votes),
    "Least often taken for real": lambda row: (row.rate, -row.n_votes),
    "Slowest answers": lambda row: (-row.median_response_ms,),
    "Fewest answers": lambda row: (row.n_votes,),
}
"""Orders of a gallery."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_STYLE = """
:root { --accent: #a8431f; --ink: #17120f; --paper: #faf7f2; --line: #d9d0c3; }
@media (prefers-color-scheme: dark) { :root { --accent: #d97f52; --ink: #ede7de; --paper: #1b1917; --line: #48423b; } }
body { max-width: 54rem; margin: 0 auto; padding: 2rem 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; }
h1, h2 { font-family: Georgia, serif; line-height: 1.2; } h2 { margin-top: 2.5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
svg { display: block; margin: 1rem 0; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; }
figure { margin: 0; } img { width: 100%; height: 9rem; object-fit: contain; } figcaption { font-size: .85rem; }
.note { border-left: 4px solid var(--accent); padding-left: 1rem; }
"""


@dataclass(frozen=True)
class Snapshot:
    """The results of a study at one moment."""

    config: StudyConfig
    pool: Pool
    votes: list[Vote]
    attendance: Attendance
    report: Report | None
    """None: nobody has got past practice yet"""
    taken_at: str

    @property
    def rates(self) -> dict[str, Rate]:
        """Headline rates: model -> rate, "" for real photographs."""
        return {} if self.report is None else {**self.report.rates.models, "": self.report.rates.real}

    @property
    def all_rates(self) -> dict[str, Rate]:
        """The same with everybody, excluded or not."""
        return {} if self.report is None else {**self.report.all_rates.models, "": self.report.all_rates.real}

    @property
    def times(self) -> dict[str, list[int]]:
        """Response times of the votes that count, in milliseconds, by kind of picture as in `rates`."""
        excluded = {} if self.report is None else self.report.excluded
        found: dict[str, list[int]] = {name: [] for name in self.rates}
        for vote in self.votes:
            if vote.phase == "test" and vote.participant_id not in excluded:
                found[vote.model].append(vote.response_ms)
        return {name: times for name, times in found.items() if times}


def take_snapshot(study: Study) -> Snapshot:
    """Read the votes of a study once and reckon everything from them.

    Raises:
        StudyError: votes or pictures cannot be read.
    """
    votes = study.store.read()
    try:
        report = study.report(votes) if any(vote.phase != "practice" for vote in votes) else None
    except NoVotesError:
        report = None
    return Snapshot(study.config, study.pool, votes, study.attendance(), report, now_utc())


def rates_csv(snapshot: Snapshot) -> str:
    """The table of rates, headline and with everybody."""
    rows = [
        {"kind": model or "real", "counted": counted, **asdict(rate)}
        for counted, rates in (("by the rules", snapshot.rates), ("everybody", snapshot.all_rates))
        for model, rate in rates.items()
    ]
    return _csv(["kind", "counted", *Rate.__annotations__], rows)


def pictures_csv(snapshot: Snapshot) -> str:
    """The table of pictures: ids, the name of the photograph, rate with interval, response time."""
    names = photo_names(snapshot.pool)
    rows = snapshot.report.pictures if snapshot.report else []
    table = [{"photograph": _no_formula(names.get(row.stimulus, "")), **asdict(row)} for row in rows]
    return _csv(["photograph", *PictureRow.__annotations__], table)


def photo_names(pool: Pool) -> dict[str, str]:
    """stimulus id -> file name of its photograph, as the organizer gave it."""
    names = {photo["photo"]: photo["name"] for photo in pool.photos}
    return {stimulus.id: names[stimulus.photo] for stimulus in pool.stimuli}


def thumbnail(png: bytes, side: int = THUMBNAIL_SIDE) -> bytes:
    """A picture of the pool as a small JPEG, for galleries; never for a trial."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((side, side))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def sentences(snapshot: Snapshot, titles: Mapping[str, str]) -> list[str]:
    """Everything that is said of the results beside figures and tables."""
    report = snapshot.report
    if report is None:
        return []
    told = [phrases.sensitivity(phrases.title(model, titles), s) for model, s in report.sensitivity.items()]
    compared = [phrases.comparison(each, titles) for each in report.comparisons]
    return phrases.all_lines([*compared, *told, phrases.agreement(report.agreement)])


def chance_rate(config: StudyConfig) -> float | None:
    """The rate at which nobody can tell, where the protocol has one."""
    return 0.5 if config.protocol.layout == "pairs" else None


def legend(config: StudyConfig) -> str:
    """What the marks of the figure of rates are."""
    return phrases.LEGEND if chance_rate(config) is None else f"{phrases.LEGEND} {phrases.LEGEND_CHANCE}"


def html_report(snapshot: Snapshot, titles: Mapping[str, str] | None = None, gallery: bool = True) -> str:
    """The whole report as one HTML file that asks nothing of any server.

    Args:
        titles: names for people of the models.
        gallery: whether the pictures are in it, with the truth about each.
    """
    titles = titles or {}
    config = snapshot.config
    parts = [
        f"<h1>{escape(config.title)}</h1>",
        _paragraph(phrases.what_was_asked(config)),
        _note(phrases.demonstration(config)),
    ]
    if snapshot.report is None:
        parts.append(_paragraph("Nobody has answered yet: there is nothing to report."))
    else:
        parts += _results(snapshot, snapshot.report, titles)
        if gallery:
            parts += _gallery(snapshot, snapshot.report.pictures, titles)
    parts += _method(snapshot)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(config.title)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _results(snapshot: Snapshot, report: Report, titles: Mapping[str, str]) -> list[str]:
    config = snapshot.config
    parts = [
        "<h2>How often pictures were taken for real</h2>",
        rates_figure(snapshot.rates, titles, config.protocol.reference, chance_rate(config)),
        _paragraph(legend(config)),
        _rate_table(snapshot.rates, titles),
        _paragraph(phrases.WHY_TWO_INTERVALS),
        _note(phrases.reference(config)),
        *map(_paragraph, sentences(snapshot, titles)),
        "<h2>Who took part</h2>",
        _paragraph(phrases.attendance(snapshot.attendance)),
        _paragraph(phrases.exclusions(report)),
    ]
    if report.excluded:
        parts += ["<p>With everybody, excluded or not:</p>", _rate_table(snapshot.all_rates, titles)]
    if snapshot.times:
        parts += [
            "<h2>Response times</h2>",
            times_figure(snapshot.times, titles),
            _paragraph(phrases.times(config.protocol.layout)),
        ]
    return parts


def _gallery(snapshot: Snapshot, rows: Sequence[PictureRow], titles: Mapping[str, str]) -> list[str]:
    if not rows:
        return []
    figures = [
        f'<figure><img alt="{escape(phrases.title(row.model, titles))}" src="{_data_url(snapshot.pool, row)}">'
        f"<figcaption>{escape(phrases.title(row.model, titles))}<br>{phrases.percent(row.rate)} of {row.n_votes} "
        f"({phrases.span(row.wilson_low, row.wilson_high)})</figcaption></figure>"
        for row in rows
    ]
    return [
        "<h2>Picture by picture</h2>",
        pictures_figure(rows, titles),
        f'<div class="gallery">{"".join(figures)}</div>',
    ]


def _method(snapshot: Snapshot) -> list[str]:
    config, pool = snapshot.config, snapshot.pool
    lines = [
        f"Study {config.study}, preset {config.preset}, built {config.created_at} with Huestory {config.app_version}; "
        f"{config.state} when this report was made, {snapshot.taken_at}.",
        f"{len(pool.photos)} photographs, {pool.size} pixels on the longer side. Real and recoloured pictures passed "
        "the same resizing, the same colour conversion and the same encoder; the lightness is the photograph's.",
        *(f"{condition['name']}: {condition['source']}." for condition in pool.conditions),
        "The rate is the plain share of answers “real”. Its interval is Wilson's formula at the effective number of "
        "votes, from a two-way cluster-robust variance (participants and pictures) with a t quantile; the interval of "
        "a difference joins two of them (Zou 2007). d′ and criterion have the log-linear correction.",
    ]
    return ["<h2>How it was measured</h2>", *map(_paragraph, lines)]


def _rate_table(rates: Mapping[str, Rate], titles: Mapping[str, str]) -> str:
    head = ("", "Taken for real", "95 % interval", "Wilson's", "Answers", "People", "Pictures")
    rows = [list(asdict(line).values()) for line in phrases.rate_lines(rates, titles)]
    cells = [f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows]
    heads = "".join(f"<th>{cell}</th>" for cell in head)
    return f'<div class="scroll"><table><tr>{heads}</tr>{"".join(cells)}</table></div>'


def _data_url(pool: Pool, row: PictureRow) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(thumbnail(pool.picture(row.stimulus))).decode()


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>' if text else ""


def _csv(columns: Sequence[str], rows: Sequence[Mapping]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: str(v).lower() if isinstance(v, bool) else v for name, v in row.items()})
    return stream.getvalue()


def _no_formula(name: str) -> str:
    """A file name that a spreadsheet could take for a formula, made harmless; the names are free text."""
    return f"'{name}" if name.startswith(_FORMULA) else name
