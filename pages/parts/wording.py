"""Text that visitors wrote, made safe to show."""

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|~$:<>&-])")


def escape(text: str) -> str:
    """Text for Streamlit's Markdown, in which no character is an instruction: `a_b_*.jpg` shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)
