"""The languages of a study: chosen, and their texts written, until it is opened."""

import streamlit as st

from pages.parts.organizer.changes import change
from pages.parts.wording import escape
from study.consent import default_consent
from study.folder import Study
from study.languages.catalogues import languages, name_of, translator


def ask_languages(study: Study) -> None:
    """Show in which languages participants may answer; until the study is opened, choose them and write their texts."""
    config = study.config
    named = ", ".join(map(_name, config.languages))
    if not config.may_be_planned:
        st.markdown(escape(f"Participants may choose from: {named}." if config.translations else f"In {named}."))
        if config.translations:
            _change_texts(study)
        return
    st.caption(
        "The page starts in the participant's own language if it is among these. They are fixed when the study is "
        "opened. A link that ends in `&lang=de` starts in German."
    )
    key = f"organizer_languages_{config.study}"
    with st.form(key, border=False):
        own = st.selectbox(
            "Title and consent text above are in", languages(), languages().index(config.language), format_func=_name
        )
        others = st.multiselect("Also in", languages(), list(config.translations), format_func=_name)
        texts = {language: _ask_texts(study, language) for language in config.translations}
        if st.form_submit_button("Save"):
            kept = {each: texts.get(each) or _proposed(study, each) for each in others if each != own}
            change(study, language=own, consent=_proposed(study, own)["consent"], translations=kept)


def _change_texts(study: Study) -> None:
    """Ask for other words in the same languages; a changed consent text is a new version."""
    with st.form(f"organizer_words_{study.config.study}", border=False):
        texts = {language: _ask_texts(study, language) for language in study.config.translations}
        if st.form_submit_button("Save"):
            change(study, translations=texts)


def _ask_texts(study: Study, language: str) -> dict[str, str]:
    config = study.config
    name, text = name_of(language, "en"), config.consent_in(language)
    title = st.text_input(
        f"Title in {name}", config.title_in(language), max_chars=80, key=_key(study, language, "title")
    )
    consent = st.text_area(f"Consent text in {name}", text, height=240, key=_key(study, language, "consent"))
    return {"title": title.strip() or config.title, "consent": consent.strip() or text}


def _proposed(study: Study, language: str) -> dict[str, str]:
    """The texts of a language that was just added, to be changed; your own consent text has no translation yet."""
    config = study.config
    unchanged = config.consent == default_consent(config.protocol, config.language)
    consent = default_consent(config.protocol, language) if unchanged else config.consent
    return {"title": config.title, "consent": consent}


def _name(language: str) -> str:
    made = ", translated by a machine, read by nobody yet" if translator(language).is_machine_made else ""
    return f"{name_of(language, 'en')}{made}"


def _key(study: Study, language: str, field: str) -> str:
    return f"organizer_{field}_{study.config.study}_{language}"
