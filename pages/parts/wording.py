"""Makes text that visitors wrote safe to show."""

import re
import unicodedata

_ISOLATE, _END = "\u2068", "\u2069"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|~$:<>&-])")


def escape(text: str) -> str:
    """Escape text for Streamlit's Markdown, so that no character is markup: `a_b_*.jpg` is shown unchanged.

    Text with letters that run from right to left is isolated, as by `dir="auto"`, which Streamlit's elements cannot
    have: its punctuation and the words around it stay where they belong (Unicode Standard Annex 9).
    """
    text = text.encode(errors="replace").decode()  # half of a character, as in a file name that is not UTF-8
    escaped = _MARKDOWN.sub(r"\\\1", text)
    return f"{_ISOLATE}{escaped}{_END}" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text) else escaped
