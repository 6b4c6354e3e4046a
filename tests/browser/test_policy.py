"""The content security policy, in a browser: no page needs what it forbids (`open_page` fails on any complaint)."""

import pytest

from tests.browser.conftest import settle
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


def test_no_page_needs_what_the_policy_forbids(server, open_page):
    page = open_page(server)
    for name in PAGES:
        page.goto(f"{server}/{name}")
        page.locator("h1").wait_for()
        page.wait_for_load_state("networkidle")
        settle(page)
        policy = page.evaluate("fetch(location.href).then((reply) => reply.headers.get('Content-Security-Policy'))")
        assert "default-src 'self'" in policy
        if name == "models":
            page.get_by_test_id("stExpander").filter(has_text="Training: loss").first.click()
            page.locator("canvas, svg.marks").first.wait_for()
