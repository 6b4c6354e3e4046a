"""The catalogues: which languages there are, and the texts of each."""

import gettext
import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from study import StudyError

SOURCE = "en"
"""The language of the keys, which has no catalogue."""

MACHINE = "machine"
"""`Last-Translator` of a catalogue that nobody has read yet."""

_FOLDER = Path(__file__).parent


class UnknownLanguageError(StudyError, ValueError):
    """There is no catalogue of this language."""


class Translator:
    """Translates messages into one language. A message that its catalogue lacks stays in English."""

    def __init__(self, language: str, texts: gettext.NullTranslations):
        self.language, self._texts = language, texts

    def __call__(self, message: str, **values: object) -> str:
        """The message in this language, with the words in braces filled in."""
        return _fill(self._texts.gettext(message), values)

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """The form of a message for the number `n`, which is also filled in as `{n}`."""
        return _fill(self._texts.ngettext(one, many, n), {"n": n, **values})

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`: where lines begin."""
        return Locale.parse(self.language, sep="-").text_direction

    @property
    def words(self) -> dict[str, str]:
        """English message -> translation, for scripts in the browser; without messages that have several forms."""
        return {key: text for key, text in getattr(self._texts, "_catalog", {}).items() if isinstance(key, str) and key}

    @property
    def is_machine_made(self) -> bool:
        """Whether nobody who speaks the language has read the translation yet."""
        return self.language != SOURCE and self._texts.info().get("last-translator") == MACHINE


def mark(message: str) -> str:
    """The message itself; marks a text for the catalogues that is translated elsewhere."""
    return message


def languages() -> tuple[str, ...]:
    """The codes of all languages, such as `de`; English is the first."""
    return (SOURCE, *sorted(path.stem for path in _FOLDER.glob("*.po")))


def check_language(language: object) -> None:
    """Raise UnknownLanguageError unless there is a catalogue of this language."""
    if language not in languages():
        raise UnknownLanguageError(f"a language must be one of {', '.join(languages())}. Received {language!r}.")


def translator(language: str) -> Translator:
    """The translator into a language. Raises UnknownLanguageError."""
    check_language(language)
    path = _FOLDER / f"{language}.po"
    return Translator(language, gettext.NullTranslations() if language == SOURCE else _read(path))


@cache
def _read(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def name_of(language: str, shown_in: str | None = None) -> str:
    """The name of a language, in itself or in another one: `Deutsch`, or `German`."""
    name = Locale.parse(language, sep="-").get_display_name(shown_in or language) or language
    return name[:1].upper() + name[1:]


def choose_language(preferred: Iterable[str], offered: Iterable[str]) -> str | None:
    """The first of the preferred languages that is offered; `de-AT` finds `de`. None: none of them is."""
    known = [language for language in preferred if _is_language(language)]
    return negotiate_locale(known, list(offered), sep="-")


def accepted_languages(header: str) -> list[str]:
    """The languages in the header Accept-Language, most wanted first (RFC 9110, section 12.5.4)."""
    weighed = []
    for part in header[:1000].split(","):
        language, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), language.strip()))
        except ValueError:
            continue
    return [language for weight, language in sorted(weighed, key=lambda each: each[0]) if language and weight < 0]


def _is_language(text: str) -> bool:
    try:
        Locale.parse(text, sep="-")
    except (ValueError, UnknownLocaleError):
        return False
    return True


def _fill(text: str, values: dict[str, object]) -> str:
    return text.format(**values) if values else text
