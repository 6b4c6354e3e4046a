"""What tests do on a page as its visitor would, and what they read there."""

from copy import deepcopy

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

PASSWORD = "a long sentence of our own"
"""Of the organizer."""


def open_page(name: str, through_router: bool = False, organizer: bool = False, session=(), **query: str) -> AppTest:
    """A page opened by its own file, or through `app.py` as a visitor gets it.

    Args:
        organizer: whether the organizer has signed in.
        session: what the session holds already, by key.
        query: what the address says behind its question mark.
    """
    page = AppTest.from_file(ROOT / ("app.py" if through_router else f"pages/{name}.py"), default_timeout=120)
    if organizer:
        page.session_state["organizer_signed_in"] = PASSWORD
    for key, value in dict(session).items():
        page.session_state[key] = deepcopy(value)
    if through_router and name != "colorize":  # that one is the first
        page.run().switch_page(f"pages/{name}.py")
    for key, value in query.items():
        page.query_params[key] = value
    return sound(page.run())


def sound(page: AppTest) -> AppTest:
    """The page, which has ended without a traceback."""
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """All that stands on a page in words."""
    kinds = (page.title, page.markdown, page.caption, page.info, page.warning, page.error, page.success, page.subheader)
    return "\n".join(element.value for elements in (*kinds, page.code) for element in elements).replace("\\", "")


def labels(elements) -> list[str]:
    return [element.label for element in elements]


def press(page: AppTest, label: str) -> AppTest:
    return sound(next(button for button in page.button if button.label == label).click().run())


def upload(page: AppTest, *files: tuple[str, bytes, str], key: str = "") -> AppTest:
    """Give files to the first uploader whose key has this in it: name, content, media type."""
    next(field for field in page.file_uploader if key in field.key).set_value(list(files))
    return sound(page.run())
