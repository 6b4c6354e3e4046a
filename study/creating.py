"""Makes a study: builds its pictures and writes its configuration."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from study.analysis.classifier import NoClassifierError, classify, save_classifier
from study.config import CONFIG_FILE, StudyConfig, StudyStateError, check_compared, write_config
from study.consent import default_consent
from study.finding import study_id
from study.folder import Study
from study.languages.catalogues import SOURCE, check_language
from study.pool.building import DEFAULT_SIZE, build_pool
from study.pool.conditions import Condition
from study.pool.photos import Photos
from study.pool.pipeline import Pipeline
from study.protocol import StudyProtocol
from study.questions.question import Question
from study.trail.event import Event
from study.trail.trail import open_trail
from study.votes.record import now_utc


def create_study(
    folder: Path,
    photos: Photos,
    conditions: Sequence[Condition],
    pipeline: Pipeline,
    protocol: StudyProtocol,
    app_version: str,
    *,
    title: str = "",
    consent: str = "",
    state: str = "draft",
    target_participants: int | None = None,
    end_date: str | None = None,
    compared: Sequence[str] = (),
    languages: Sequence[str] = (SOURCE,),
    questions: Sequence[Question] = (),
    size: int = DEFAULT_SIZE,
    progress: Callable[[int, int, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Study:
    """Build a study in `folder`, or continue an interrupted build. See `building.build_pool`.

    Args:
        title: shown to participants; by default the folder's name.
        consent: what participants agree to; by default `consent.default_consent`.
        state: `draft` or `open`.
        target_participants, end_date, compared: the plan, see `StudyConfig`.
        languages: those that participants may choose from; the first is that of `title` and `consent`. A consent text
            of your own has one language here; `Study.update(translations=...)` adds it in others.
        questions: asked before and after the pictures.

    Raises:
        StudyStateError: the plan is not one, or languages are asked for that the consent text does not have.
        UnknownLanguageError: there is no catalogue of a language.
        StudyError, StorageError: see `build_pool`.
    """
    folder, (language, *others) = Path(folder), languages
    for each in languages:
        check_language(each)
    if len(set(languages)) < len(languages):
        raise StudyStateError(f"each language is named once. Received {', '.join(languages)}.")
    if consent and others:
        raise StudyStateError(
            f"a consent text of your own is in one language. Received {', '.join(languages)}; add its translations to "
            "the study when it is built."
        )
    check_compared(compared, [condition.name for condition in conditions])
    pool = build_pool(folder, photos, conditions, pipeline, protocol, app_version, size, progress, cancel)
    if not (folder / CONFIG_FILE).exists():
        fitted = protocol.fit(len(pool.photos))
        title = title or folder.resolve().name
        config = StudyConfig(
            study=study_id(folder),
            title=title,
            protocol=fitted,
            preset=protocol.name,
            photos_wanted=protocol.photos,
            consent=consent or default_consent(fitted, language),
            app_version=app_version,
            created_at=now_utc(),
            state=state,
            opened_at=now_utc() if state == "open" else "",
            target_participants=target_participants,
            end_date=end_date,
            compared=tuple(compared),
            language=language,
            questions=tuple(questions),
            translations={each: {"title": title, "consent": default_consent(fitted, each)} for each in others},
        )
        trail = open_trail(config.study, folder)
        trail.add(Event.now("built", photographs=len(pool.photos), models=list(pool.models), preset=protocol.name))
        if state == "open":
            trail.add(Event.now("opened"))
        write_config(folder, config)
        with suppress(NoClassifierError):
            save_classifier(folder, classify(pool, pipeline.rgb_to_lab))
    return Study(folder)
