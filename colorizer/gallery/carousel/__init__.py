"""HTML, CSS and JavaScript of the slider and the carousel: the same for the app and for exported pages.

Nothing here asks the network for anything. Colours and fonts are custom properties (`--paper`, `--ink`, `--accent`...)
that whoever shows it sets.
"""

from pathlib import Path

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """The text of one of the files in this folder."""
    return (_HERE / name).read_text(encoding="utf-8")
