"""Makes text that visitors wrote safe to show."""

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|~$:<>&-])")


def escape(text: str) -> str:
    """Escape text for Streamlit's Markdown, so that no character is markup: `a_b_*.jpg` is shown unchanged."""
    return _MARKDOWN.sub(r"\\\1", text)
