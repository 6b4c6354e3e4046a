"""Makes text that visitors wrote safe to show."""

import re
import unicodedata

_ISOLATE, _END = "\u2068", "\u2069"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|~$:<>&-])")


_JOINER = "\u2060"  # takes no room and allows no line break
_REPLACED = re.compile(r"(?i)(?<=www)(?=\.)|(?<=http)(?=s?://)|(?<=:)(?=material/)|(?<=@)(?=[\w-])")
"""Places in what Streamlit makes a link or an icon after Markdown, so that no backslash prevents it."""


def without_pictures(markdown: str) -> str:
    """Markdown of an organizer in which a picture is shown as its text.

    A browser that loads a picture from another server tells it who reads the page, and when.
    """
    return markdown.replace("![", r"!\[")


def escape(text: str) -> str:
    """Escape text for Streamlit's Markdown, so that no character is markup: `a_b_*.jpg` is shown unchanged.

    Addresses (`www.example.org`) and icons (`:material/home:`) stay text, too.

    Text with letters that run from right to left is isolated, as by `dir="auto"`, which Streamlit's elements cannot
    have: its punctuation and the words around it stay where they belong (Unicode Standard Annex 9).
    """
    text = text.encode(errors="replace").decode()  # half of a character, as in a file name that is not UTF-8
    escaped = _MARKDOWN.sub(r"\\\1", _REPLACED.sub(_JOINER, text))
    return f"{_ISOLATE}{escaped}{_END}" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text) else escaped
