"""The arrows between rooms, read off the syntax tree: imports anywhere in a file count, but for type checking."""

import ast

import pytest

from tests.conftest import ROOT

FORBIDDEN = {
    "colorizer": {"study", "accounts", "pages", "streamlit"},
    "study": {"colorizer", "accounts", "pages", "streamlit"},
    "accounts": {"colorizer", "study", "pages", "streamlit"},
    "pages": set(),
}
FLOORS = (  # of colorizer, from the ground up: what stands on one may use those below it, and its own room
    {"color"},
    {"models", "imaging"},
    {"weights"},
    {"inference"},
    {"archive", "gallery", "film", "training", "evaluation"},
    {"cli"},
    {"__main__"},
)
COMPOSERS = {"__main__.py"}
"""Command lines may put `colorizer` and `study` together."""


def imports(path) -> set[str]:
    """Dotted names that a file imports, `from x import y` as x.y."""
    found = set()
    for node in _without_type_checking(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _without_type_checking(tree):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _without_type_checking(node)


def files(room):
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", FORBIDDEN)
def test_rooms_do_not_know_what_lies_above_them(room):
    for path in files(room):
        allowed = {"colorizer", "study"} if path.name == "__main__.py" else set()
        roots = {name.split(".")[0] for name in imports(path)}
        assert not roots & (FORBIDDEN[room] - allowed), path


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("room", [room for rooms in FLOORS[1:] for room in sorted(rooms)])
def test_rooms_of_colorizer_use_only_the_floors_below(room):
    single = ROOT / "colorizer" / f"{room}.py"
    for path in [single] if single.exists() else files(f"colorizer/{room}"):
        used = {name.split(".")[1] for name in imports(path) if name.startswith("colorizer.") and name.count(".") > 1}
        assert not {other for other in used if other != room and floor(other) >= floor(room)}, path


def test_the_check_sees_an_arrow_that_points_the_wrong_way(tmp_path):
    (tmp_path / "bad.py").write_text("def f():\n    from colorizer.training import train\n    import streamlit as st\n")
    assert imports(tmp_path / "bad.py") == {"colorizer.training.train", "streamlit"}


def test_nothing_stands_at_the_top_but_the_rooms():
    expected = {
        "README.md",
        "requirements.txt",
        "app.py",
        "pages",
        "colorizer",
        "study",
        "accounts",
        "weights",
        "tests",
    }
    extra = {"LICENSE", "CHANGELOG.md", "scratch"}
    assert {p.name for p in ROOT.iterdir() if not p.name.startswith((".", "__"))} <= expected | extra
