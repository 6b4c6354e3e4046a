"""HTML, CSS and JavaScript of the slider and the carousel: the same for the app and for exported pages.

Nothing here sends requests to a network. Colours and fonts are custom properties (`--paper`, `--ink`, `--accent`...)
that the page sets. The HTML files are templates of Jinja2.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """The text of a file in this folder, unchanged."""
    return (_HERE / name).read_text(encoding="utf-8")


def render(template: str, **values: object) -> str:
    """The HTML of a template in this folder; texts among the values are escaped, unless they are `markupsafe.Markup`.

    Raises:
        jinja2.UndefinedError: the template names a value that is not given.
    """
    return _environment().get_template(template).render(values)


def script() -> str:
    """The classes `Slider` and `Carousel`, and what they need."""
    return "".join(map(read, ("element.js", "slider.js", "carousel.js")))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
