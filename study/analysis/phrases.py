"""The sentences about results that the results page and the report share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.analysis.classifier import Telling
from study.analysis.results import REAL, Comparison, Rates, Report
from study.analysis.signal_detection import Sensitivity
from study.analysis.statistics import Rate
from study.config import StudyConfig
from study.votes.attendance import Attendance

NONE = "–"
WHY_TWO_INTERVALS = (
    "The wider interval knows that answers of one person, and answers about one picture, go together; Wilson's takes "
    "every answer for independent of all others and comes out too narrow. Quote the wider one."
)
LEGEND = "Dot: the rate. Thick line: the 95 % interval to quote. Thin line: Wilson's, too narrow."
LEGEND_CHANCE = "Dotted: what guessing would give."

_TOLD_APART = (
    (-0.25, "recoloured pictures were taken for real more readily than real ones"),
    (0.25, "people could hardly tell recoloured pictures from real ones"),
    (1.0, "people could tell recoloured pictures from real ones now and then"),
    (2.0, "people could tell recoloured pictures from real ones fairly well"),
    (3.0, "people could tell recoloured pictures from real ones most of the time"),
    (float("inf"), "people could tell recoloured pictures from real ones nearly always"),
)
_AGREED = (
    (0.1, "hardly more than answers drawn by lot would"),
    (0.4, "a little"),
    (0.67, "fairly well"),
    (float("inf"), "very well"),
)
_CLEAR_LEANING = 0.15  # smallest size of the criterion that is described as a response bias


@dataclass(frozen=True)
class RateLine:
    """One row of the table of rates, formatted as text."""

    name: str
    rate: str
    interval: str
    wilson: str
    votes: int
    participants: int
    pictures: int


def title(model: str, titles: Mapping[str, str] | None = None) -> str:
    """The name shown for a condition: its title, or `model` if it has none; "" and "real" are the real photographs."""
    return "Real photographs" if model in ("", REAL) else (titles or {}).get(model, model)


def percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.1f} %"


def seconds(milliseconds: float | None) -> str:
    return NONE if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def span(low: float | None, high: float | None) -> str:
    return "not yet" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f} %"


def points(low: float, high: float) -> str:
    return f"{_signed(low)} to {_signed(high)} points"


def rate_lines(rates: Mapping[str, Rate], titles: Mapping[str, str]) -> list[RateLine]:
    """The table of rates: one row per kind of picture that has votes."""
    return [
        RateLine(
            name=title(model, titles),
            rate=percent(rate.rate),
            interval=span(rate.ci_low, rate.ci_high),
            wilson=span(rate.wilson_low, rate.wilson_high),
            votes=rate.n_votes,
            participants=rate.n_participants,
            pictures=rate.n_stimuli,
        )
        for model, rate in rates.items()
        if rate.rate is not None
    ]


@dataclass(frozen=True)
class ExposureLine:
    """One row of the table of rates by exposure, formatted as text."""

    name: str
    exposure: str
    rate: str
    interval: str
    votes: int


def exposure_lines(report: Report, titles: Mapping[str, str]) -> list[ExposureLine]:
    """The table of rates by exposure: one row per kind of picture and exposure; empty if pictures were not timed."""
    return [
        ExposureLine(
            title(model, titles),
            f"{exposure:,} ms",
            percent(rate.rate),
            span(rate.ci_low, rate.ci_high),
            rate.n_votes,
        )
        for model, rates in report.by_exposure.items()
        for exposure, rate in rates.items()
    ]


EXPOSURES = (
    "Each picture was shown for one of these times, and then a mask of noise; the answer could come later. The times "
    "are those asked for; `shown_ms` in the votes is what the browser measured."
)


def counted(rate: Rate) -> str:
    """The 95 % interval of a rate, and the numbers of answers, people and pictures behind it."""
    interval = "an interval needs two people and two pictures"
    if rate.ci_low is not None:
        interval = f"95 % interval {span(rate.ci_low, rate.ci_high)}"
    answers, people = _number(rate.n_votes, "answer"), _number(rate.n_participants, "person", "people")
    return f"{interval}; {answers} of {people} about {_number(rate.n_stimuli, 'picture')}"


def what_was_asked(config: StudyConfig) -> str:
    """The participants' task, for a reader who did not take part."""
    p = config.protocol
    asked = {
        "single": f"Each participant saw {p.real} real and {p.recolored} recoloured pictures one at a time and said of "
        "each whether its colours are real.",
        "grid": f"Each participant saw {p.real} real and {p.recolored} recoloured pictures on one page and ticked "
        "those believed to be recoloured; a picture that was not ticked counts as taken for real.",
        "pairs": f"Each participant saw {p.recolored} pairs, a photograph beside its recoloured version, and said "
        "which is real. Half of the answers would fall on the recoloured one if nobody could tell them apart.",
    }[p.layout]
    if p.time_limit_ms:
        asked += f" Pictures were covered after {seconds(p.time_limit_ms)}."
    if p.exposures_ms:
        times = " or ".join(f"{exposure:,}" for exposure in p.exposures_ms)
        asked += f" A mask took the place of each picture after {times} ms."
    return asked


def demonstration(config: StudyConfig) -> str:
    """A note that the study had too few photographs for its preset; empty if it had enough."""
    if config.demonstration:
        return (
            f"This is a demonstration: there were too few photographs for the preset “{config.preset}”, so it was "
            "shrunk. Its numbers show how a study works, not how good the colours are."
        )
    if config.shrunk:
        return (
            f"The preset “{config.preset}” was shrunk: it needs {config.photos_wanted} photographs, more than there "
            "were."
        )
    return ""


def attendance(present: Attendance) -> str:
    """How many people began, and how many answered everything."""
    if not present.started:
        return "Nobody has begun yet."
    began = f"{_number(present.started, 'person', 'people')} began"
    left = present.started - present.finished
    if not left:
        return f"{began} and answered everything."
    return f"{began}, {present.finished} answered everything, {left} did not (or not yet). What they answered counts."


def moment(taken_at: str, has_newer_votes: bool) -> str:
    """Of which moment results are, and whether newer answers are still to be counted."""
    said = f"All answers until {taken_at[:19].replace('T', ' ')} UTC."
    return f"{said} Newer ones are being counted." if has_newer_votes else said


def stopping(config: StudyConfig, present: Attendance, taken_at: str) -> str:
    """When the study was to stop, as set before it was opened, and whether this is an interim look."""
    rules = []
    if config.target_participants is not None:
        rules.append(f"{_number(config.target_participants, 'person has', 'people have')} answered everything")
    if config.end_date is not None:
        rules.append(f"{config.end_date} is over")
    if not rules:
        kind = "This is an interim look, and no" if config.state == "open" else "No"
        return f"{kind} number of participants or date was set before the study was opened."
    rule = f"Set before the study was opened: it stops when {' or '.join(rules)}."
    if config.stops(present.finished, taken_at):
        return f"{rule} That is reached."
    return f"This is an interim look: {rule[0].lower()}{rule[1:]} {present.finished:,} have answered everything so far."


def exclusions(report: Report) -> str:
    """The exclusion rules of the study and how many participants they exclude."""
    rules = {
        "missed_catch": (
            report.rules.max_missed_catch,
            "took more than {0} of the pictures in absurd colours for real",
        ),
        "too_fast": (report.rules.min_median_ms, "answered faster than {1} in the median"),
    }
    named = {rule: words.format(limit, seconds(limit)) for rule, (limit, words) in rules.items() if limit is not None}
    if not named:
        return "The study has no rule that leaves participants out."
    broken = report.broken_rules
    said = "; ".join(f"{broken[rule]} {words}" for rule, words in named.items())
    people = _number(report.n_participants, "participant")
    return f"By rules fixed before the first answer, {len(report.excluded)} of {people} are left out: {said}."


def sensitivity(model: str, found: Sensitivity) -> str:
    """d' and criterion in words and numbers; empty if they cannot be estimated."""
    if found.d_prime is None:
        return ""
    figure = f"d′\u00a0{_minus(f'{found.d_prime:.2f}')}"
    if found.ci_low is None or found.ci_high is None:
        return f"{model}: {figure}; too few answers for an interval."
    figure += f", 95 % interval {_minus(f'{found.ci_low:.2f} to {found.ci_high:.2f}')}"
    told = _only_word(_TOLD_APART, found.ci_low, found.ci_high)
    said = f"{model}: {told} ({figure})" if told else f"{model}: {figure}"
    if found.criterion is None:
        return f"{said}."
    leaning = "did not lean to either answer"
    if abs(found.criterion) >= _CLEAR_LEANING:
        leaning = f"leaned towards “{'recoloured' if found.criterion > 0 else 'real'}”"
    return f"{said}, and {leaning} (criterion\u00a0{_minus(f'{found.criterion:+.2f}')})."


def _only_word(scale: Sequence[tuple[float, str]], low: float, high: float) -> str:
    """The words for a value if both ends of its interval are called the same; else nothing, for it is not known."""
    at_low, at_high = (next(words for limit, words in scale if end < limit) for end in (low, high))
    return at_low if at_low == at_high else ""


def comparison(found: Comparison, titles: Mapping[str, str]) -> str:
    """The difference of two rates, and whether its interval excludes 0."""
    a, b = (title(name, titles) for name in (found.a, found.b))
    if found.ci_low is None or found.ci_high is None:
        return f"{a} less {b}: {_signed(found.difference)} points; too few answers for an interval."
    shown = "no difference is shown"
    if found.is_shown:
        shown = f"more often taken for real: {a if found.difference > 0 else b}"
    tested = ""
    if found.p_holm is not None:
        tested = f" (p\u00a0{_p_value(found.p_holm)}"
        tested += ", named beforehand)" if found.named_beforehand else _corrected(found.family)
    return f"{a} less {b}: {_signed(found.difference)} points ({points(found.ci_low, found.ci_high)}); {shown}{tested}."


def _corrected(family: int) -> str:
    return ")" if family == 1 else f", corrected for {family} comparisons by Holm's method)"


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def classifier_sentence(model: str, telling: Telling, rates: Rates | None = None, name: str = "") -> str:
    """How well a classifier tells the pictures of a model apart by their chroma statistics, and beside it the people.

    Args:
        rates: of the votes; the participants' share of right answers is that of half real, half recoloured pictures, or
            in `pairs` that of pairs. None: only the classifier's.
        name: how the model is called; "" for its own name.
    """
    return (
        f"{name or model}: a simple classifier that sees only statistics of the chroma is right about "
        f"{percent(telling.single)} of single pictures and {percent(telling.pairs)} of pairs "
        f"({telling.photos} photographs, each judged without having been trained on; guessing gives 50 %)."
        f"{_right_people(model, rates)}"
    )


def _right_people(model: str, rates: Rates | None) -> str:
    if rates is None or model not in rates.models or rates.models[model].rate is None:
        return ""
    taken, real = rates.models[model].rate, rates.real.rate
    if real is None:
        return f" Participants were right about {percent(1 - taken)} of pairs."
    return f" Participants were right about {percent((real + 1 - taken) / 2)} of single pictures, half of them real."


def agreement(report: Report) -> str:
    """The agreement of participants (Krippendorff's alpha) with its interval; empty if it cannot be computed."""
    if report.agreement is None:
        return ""
    figure = f"Krippendorff's alpha {_minus(f'{report.agreement:.2f}')}"
    if report.agreement_low is None:
        return f"Agreement about the pictures: {figure}; 1 is perfect."
    figure += f", 95 % interval {_minus(f'{report.agreement_low:.2f} to {report.agreement_high:.2f}')}"
    degree = _only_word(_AGREED, report.agreement_low, report.agreement_high)
    agreed = f"Participants agreed about the pictures {degree}" if degree else "Agreement about the pictures"
    return f"{agreed} ({figure}; 1 is perfect)."


def reference(config: StudyConfig) -> str:
    """The published rate of this protocol with its limits for a comparison; empty for other protocols."""
    found = config.protocol.reference
    if found is None:
        return ""
    return f"The dashed line is at {100 * found.rate:.2f} %: {found.source}. {found.caveat}"


def times(layout: str) -> str:
    """How response times are measured in a layout."""
    if layout == "grid":
        return "All pictures stood on one page and were answered together: every answer has the time of the page."
    return "From the moment the picture stood on the screen to the answer, by the participant's own clock."


def all_lines(lines: Sequence[str]) -> list[str]:
    """The lines that are not empty."""
    return [line for line in lines if line]


def _signed(share: float) -> str:
    return _minus(f"{100 * share:+.1f}")


def _minus(figure: str) -> str:
    return figure.replace("-", "−")


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
