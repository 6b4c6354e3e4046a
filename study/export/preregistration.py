"""The preregistration sheet of a study: what is fixed before the first answer, as Markdown."""

from collections.abc import Sequence

from study.config import StudyConfig
from study.languages.catalogues import SOURCE, name_of
from study.pool.stimuli import Pool
from study.protocol import StudyProtocol


def preregistration(config: StudyConfig, pool: Pool) -> str:
    """The sheet, to be filed at a registry before the study is opened. It holds nothing that only the votes can say."""
    p, rules = config.protocol, config.protocol.exclusions
    conditions = [f"- `{each['name']}`: {each['source']}" for each in pool.conditions]
    exclusions = []
    if rules.max_missed_catch is not None:
        exclusions.append(f"- took more than {rules.max_missed_catch} of {p.catch} pictures in absurd colours for real")
    if rules.min_median_ms is not None:
        exclusions.append(f"- answered faster than {rules.min_median_ms} ms in the median")
    stops = []
    if config.target_participants is not None:
        stops.append(f"when {config.target_participants} people have answered everything")
    if config.end_date is not None:
        stops.append(f"after {config.end_date}")
    compared = " and ".join(f"`{name}`" for name in config.compared)
    lines = [
        f"# Preregistration: {config.title}",
        f"Study `{config.study}`, built {config.created_at} with Huestory {config.app_version}; preset "
        f"`{config.preset}`, layout `{p.layout}`.",
        "## Question",
        "How often are recoloured photographs taken for real ones"
        + (f", and is there a difference between {compared}?" if compared else "?"),
        "## What is compared",
        *conditions,
        f"{len(pool.photos_for('test'))} photographs are judged, {len(pool.photos_for('practice'))} are for practice, "
        f"{len(pool.photos_for('catch'))} for catch trials; their checksums are in `pool.json`.",
        "## What each participant does",
        f"{p.practice} practice trials with feedback (not counted), then {p.real} real, {p.recolored} recoloured and "
        f"{p.catch} catch pictures in random order, without feedback. Nobody sees two versions of a photograph apart.",
        _exposure(p),
        *_questions(config),
        "## Who takes part",
        *_recruiting(config),
        "## Who is left out",
        *(exclusions or ["Nobody."]),
        "## When it stops",
        f"It stops {' or '.join(stops)}." if stops else "No number and no date is set.",
        "## Analysis",
        "Share of test pictures judged real, for each model and for real photographs, every vote weighing the same. "
        "95 % intervals with two-way clustering by participant and picture (Cameron, Gelbach, Miller 2011) in Wilson's "
        "form, with the design effect drawn towards that of other studies near 0 and 100 %; "
        "d' with people and pictures as random effects; differences by square-and-add (Zou 2007)"
        + (f", that of {compared} uncorrected, all others" if compared else ", for several models")
        + " corrected by Holm's method at 5 %. Results with and without exclusions are given.",
        "## Consent text",
        *(config.consent_in(language) for language in config.languages),
    ]
    return "\n\n".join(lines) + "\n"


def _questions(config: StudyConfig) -> list[str]:
    asked = [f"- {each.moment} the pictures, `{each.id}`: {each.text}" for each in config.questions]
    return ["Questions to participants, each of which may be left open:", *asked] if asked else []


def _recruiting(config: StudyConfig) -> list[str]:
    come = "Who has the link."
    if config.panel.parameter:
        come = f"People whom a panel sends, known by its `{config.panel.parameter}`; each begins once."
    elif config.invited:
        come = "Invited people, each with a link that works once."
    names = [name_of(language, SOURCE) for language in config.languages]
    quotas = [f"- at most {quota.most} with `{quota.trait}` {quota.value}" for quota in config.quotas]
    return [f"{come} The study is in {', '.join(names)}.", *quotas]


def _exposure(protocol: StudyProtocol) -> str:
    times = protocol.exposures_ms or ((protocol.time_limit_ms,) if protocol.time_limit_ms else ())
    if not times:
        return "Pictures stay until the answer."
    drawn = ", drawn for each trial, equally often for each kind of picture" if len(times) > 1 else ""
    return f"A mask of noise takes the place of each picture after {_or(times)} ms{drawn}. The answer may come later."


def _or(times: Sequence[int]) -> str:
    return " or ".join(map(str, times))
