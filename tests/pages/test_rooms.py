"""What several pages share stands in `pages/parts` itself, or in its folders `widgets` and `hints`, to correct colours;
any other folder there belongs to one page.
"""

import pytest

from tests.conftest import ROOT
from tests.test_architecture import files, imports

PARTS = ROOT / "pages" / "parts"
SHARED = {"widgets", "hints"}
ROOMS = sorted(path.name for path in PARTS.iterdir() if path.is_dir() and path.name not in {*SHARED, "__pycache__"})
NEIGHBOURS = {"account": {"colorize"}}  # "Colour it again" puts a kept photograph on the colour page


@pytest.mark.parametrize("room", ROOMS)
def test_parts_of_one_page_do_not_use_those_of_another(room):
    for path in files(f"pages/parts/{room}"):
        used = {name.split(".")[2] for name in imports(path) if name.startswith("pages.parts.")}
        assert not (used & set(ROOMS)) - {room} - NEIGHBOURS.get(room, set()), path


@pytest.mark.parametrize("room", sorted(SHARED))
def test_what_is_shared_knows_no_page(room):
    for path in files(f"pages/parts/{room}"):
        used = {name.split(".")[2] for name in imports(path) if name.startswith("pages.parts.")}
        assert not used & set(ROOMS), path
        assert not any(name.startswith("pages.routes") for name in imports(path)), path
