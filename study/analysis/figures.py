"""Figures of a study as SVG text, for the results page and the report.

They use the text colour (`currentColor`) and the accent colour (`--accent`) of the page, so that they fit light and
dark themes. They are 480 units wide, so that their text can be read on a phone.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from study.analysis.phrases import percent, seconds, title
from study.analysis.results import PictureRow
from study.analysis.statistics import Rate
from study.protocol import Reference

WIDTH = 480
_LEFT, _RIGHT = 12, WIDTH - 12
_ACCENT = "var(--accent, #a8431f)"
_TICKS = (0, 0.25, 0.5, 0.75, 1)
_TIME_TICKS = (0.3, 1, 3, 10, 30, 100)  # seconds
_TIME_BINS = 30
_SHORTEST, _LONGEST = 0.2, 200.0  # seconds, ends of the time axis; times outside are counted in the outer bars
_SWARM_BINS = 40


def rates_figure(
    rates: Mapping[str, Rate],
    titles: Mapping[str, str],
    reference: Reference | None = None,
    chance: float | None = None,
) -> str:
    """The rate of every kind of picture as a dot; a thick line is the clustered interval, a thin one Wilson's.

    Args:
        rates: model -> rate, "" for real photographs.
        titles: model -> name to show.
        reference: a published rate, drawn as a dashed line.
        chance: the rate of guessing, drawn as a dotted line.
    """
    known = [(name, rate) for name, rate in rates.items() if rate.rate is not None]
    bottom, parts = 24 + 56 * len(known), []
    for row, (name, rate) in enumerate(known):
        top = 20 + 56 * row
        color = "currentColor" if name == "" else _ACCENT
        parts.append(_text(_LEFT, top, title(name, titles), weight=600))
        parts.append(_text(_RIGHT, top, percent(rate.rate), anchor="end", weight=600))
        if rate.ci_low is not None and rate.ci_high is not None:
            parts.append(_line(_x(rate.ci_low), top + 18, _x(rate.ci_high), top + 18, color, width=7, opacity=0.35))
        parts.append(_line(_x(rate.wilson_low), top + 18, _x(rate.wilson_high), top + 18, color, width=2))
        parts.append(_dot(_x(rate.rate), top + 18, 5.5, color))
    height = bottom + 26
    if chance is not None:
        parts.append(_line(_x(chance), 8, _x(chance), bottom, "currentColor", dash="1 4"))
    if reference is not None:
        at = _x(reference.rate)
        parts.append(_line(at, 26, at, bottom + 22, "currentColor", dash="6 4"))
        parts.append(_text(at, bottom + 38, f"published: {100 * reference.rate:.2f} %", anchor="middle"))
        height += 18
    summary = "; ".join(f"{title(name, titles)} {percent(rate.rate)}" for name, rate in known)
    return _svg(height, f"Share taken for real: {summary}", [*_share_axis(bottom), *parts])


def pictures_figure(rows: Sequence[PictureRow], titles: Mapping[str, str]) -> str:
    """One dot per picture, at the share of participants who judged it real; one row of dots per kind of picture."""
    kinds: dict[str, dict[int, int]] = {}
    for row in sorted(rows, key=lambda row: (row.is_real, row.model)):
        bins = kinds.setdefault(row.model, defaultdict(int))
        bins[round(row.rate * _SWARM_BINS)] += 1
    top, parts = 0, []
    for name, bins in kinds.items():
        tallest = max(bins.values())
        step = min(8.0, 96 / tallest)
        base = top + 30 + step * tallest
        parts.append(_text(_LEFT, top + 20, title(name, titles), weight=600))
        for place, count in bins.items():
            dots = [_dot(_x(place / _SWARM_BINS), base - step * n, 3.5, _color(name)) for n in range(count)]
            parts += dots
        top = base + 6
    summary = f"Share taken for real, one dot for each of {len(rows)} pictures"
    return _svg(top + 28, summary, [*_share_axis(top + 2), *parts])


def times_figure(times: Mapping[str, Sequence[int]], titles: Mapping[str, str]) -> str:
    """Histogram of response times (in milliseconds) per kind of picture.

    The axis is logarithmic, because a few answers take minutes.
    """
    top, parts = 0, []
    for name, answers in times.items():
        bins: dict[int, int] = defaultdict(int)
        for milliseconds in answers:
            bins[min(int(_time_share(milliseconds / 1000) * _TIME_BINS), _TIME_BINS - 1)] += 1
        parts.append(_text(_LEFT, top + 20, title(name, titles), weight=600))
        middle = sorted(answers)[len(answers) // 2]
        parts.append(_text(_RIGHT, top + 20, f"median {seconds(middle)}", anchor="end"))
        wide = (_RIGHT - _LEFT) / _TIME_BINS
        for place, count in bins.items():
            high = 48 * count / max(bins.values())
            parts.append(
                f'<rect x="{_LEFT + place * wide:.1f}" y="{top + 78 - high:.1f}" width="{wide - 1.5:.1f}" '
                f'height="{high:.1f}" fill="{_color(name)}"/>'
            )
        top += 88
    axis = [_line(_LEFT, top, _RIGHT, top, "currentColor", opacity=0.4)]
    for tick in _TIME_TICKS:
        at = _LEFT + _time_share(tick) * (_RIGHT - _LEFT)
        axis += [_line(at, top, at, top + 5, "currentColor"), _text(at, top + 20, f"{tick:g} s", anchor="middle")]
    return _svg(top + 28, "Response times on a logarithmic axis", [*axis, *parts])


def _share_axis(bottom: float) -> list[str]:
    parts = []
    for tick in _TICKS:
        parts.append(_line(_x(tick), 8, _x(tick), bottom, "currentColor", opacity=0.15))
        anchor = {0: "start", 1: "end"}.get(tick, "middle")
        parts.append(_text(_x(tick), bottom + 18, f"{100 * tick:g} %", anchor=anchor))
    return parts


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _time_share(duration: float) -> float:
    whole = math.log(_LONGEST / _SHORTEST)
    return min(max(math.log(max(duration, _SHORTEST) / _SHORTEST) / whole, 0), 1)


def _color(model: str) -> str:
    return _ACCENT if model else "currentColor"


def _svg(height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'style="width:100%;max-width:{1.2 * WIDTH:.0f}px" font-size="14" fill="currentColor">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start", weight: int = 400) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def _line(
    x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1, opacity: float = 1, dash: str = "none"
) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" stroke-dasharray="{dash}"/>'
    )


def _dot(x: float, y: float, radius: float, color: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{color}"/>'
