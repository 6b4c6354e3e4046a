"""Actions of a visitor on a page, and ways to read the page, for tests."""

from copy import deepcopy

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

PASSWORD = "a long sentence of our own"
"""The organizer's password."""


def open_page(name: str, through_router: bool = False, organizer: bool = False, session=(), **query: str) -> AppTest:
    """Open a page from its own file, or through `app.py` as visitors do.

    Args:
        organizer: whether the organizer has signed in.
        session: values that the session already has, by key.
        query: the query parameters of the address.
    """
    page = AppTest.from_file(ROOT / ("app.py" if through_router else f"pages/{name}.py"), default_timeout=120)
    if organizer:
        page.session_state["organizer_signed_in"] = PASSWORD
    for key, value in dict(session).items():
        page.session_state[key] = deepcopy(value)
    if through_router and name != "colorize":  # `app.py` opens that page first
        page.run().switch_page(f"pages/{name}.py")
    for key, value in query.items():
        page.query_params[key] = value
    return sound(page.run())


def sound(page: AppTest) -> AppTest:
    """Check that the page ended without a traceback, and return it."""
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Return all text on a page."""
    kinds = (page.title, page.header, page.subheader, page.markdown, page.caption, page.code)
    boxes = (page.info, page.warning, page.error, page.success)
    return "\n".join(element.value for elements in (*kinds, *boxes) for element in elements).translate(_UNSEEN)


_UNSEEN = dict.fromkeys(map(ord, "\\\u2060"))


def labels(elements) -> list[str]:
    return [element.label for element in elements]


def press(page: AppTest, label: str) -> AppTest:
    return sound(next(button for button in page.button if button.label == label).click().run())


def upload(page: AppTest, *files: tuple[str, bytes, str], key: str = "") -> AppTest:
    """Give files (name, content, media type) to the first uploader whose key contains `key`, and run the page."""
    next(field for field in page.file_uploader if key in field.key).set_value(list(files))
    return sound(page.run())
