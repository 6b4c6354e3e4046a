"""What tests do on a page as its visitor would, and what they read there."""

from streamlit.testing.v1 import AppTest

PASSWORD = "a long sentence of our own"
"""Of the organizer."""


def said(page: AppTest) -> str:
    """All that stands on a page in words."""
    kinds = (page.title, page.markdown, page.caption, page.info, page.warning, page.error, page.success, page.subheader)
    return "\n".join(element.value for elements in (*kinds, page.code) for element in elements).replace("\\", "")


def labels(elements) -> list[str]:
    return [element.label for element in elements]


def press(page: AppTest, label: str) -> AppTest:
    page = next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page
