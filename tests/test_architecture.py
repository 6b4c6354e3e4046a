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
MODULES_BEFORE = {  # inside colorizer: what each module may not import
    "lab": {"images", "aging", "data", "metrics", "models", "losses", "weights", "inference", "evaluate", "train"},
    "images": {"aging", "data", "metrics", "models", "losses", "weights", "inference", "evaluate", "train"},
    "aging": {"data", "models", "losses", "weights", "inference", "evaluate", "train"},
    "data": {"models", "losses", "weights", "inference", "evaluate", "train"},
    "metrics": {"data", "models", "losses", "weights", "inference", "evaluate", "train"},
    "losses": {"data", "metrics", "weights", "inference", "evaluate", "train"},
    "models": {"losses", "weights", "inference", "evaluate", "train"},
    "weights": {"inference", "evaluate", "train"},
    "inference": {"evaluate", "train", "data", "aging"},
    "album": {"data", "metrics", "losses", "evaluate", "train"},
    "batch": {"data", "metrics", "losses", "evaluate", "train", "batch_ray"},
    "gallery": {"data", "metrics", "losses", "evaluate", "train", "gallery_export", "galleries"},
    "gallery_export": {"data", "metrics", "losses", "evaluate", "train"},
    "evaluate": {"train"},
}


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


@pytest.mark.parametrize("module", MODULES_BEFORE)
def test_modules_of_colorizer_keep_their_order(module):
    paths = files("colorizer/models") if module == "models" else [ROOT / "colorizer" / f"{module}.py"]
    for path in paths:
        used = {name.split(".")[1] for name in imports(path) if name.startswith("colorizer.")}
        assert not used & MODULES_BEFORE[module], path


def test_the_check_sees_an_arrow_that_points_the_wrong_way(tmp_path):
    (tmp_path / "bad.py").write_text("def f():\n    from colorizer import train\n    import streamlit as st\n")
    assert imports(tmp_path / "bad.py") == {"colorizer.train", "streamlit"}


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
