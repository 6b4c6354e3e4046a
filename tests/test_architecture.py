"""The arrows between rooms, read off the syntax tree: imports anywhere in a file count, but for type checking.

`app -> pages -> colorizer, study, accounts -> storage`, inside each only downwards, and nowhere a circle.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

FORBIDDEN = {
    "storage": {"colorizer", "study", "accounts", "pages", "app", "streamlit"},
    "colorizer": {"study", "accounts", "pages", "app", "streamlit"},
    "study": {"colorizer", "accounts", "pages", "app", "streamlit"},
    "accounts": {"colorizer", "study", "pages", "app", "streamlit"},
    "pages": {"app"},
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


def is_command_line(path) -> bool:
    """Command lines may put `colorizer` and `study` together."""
    return path.name == "__main__.py" or path.parent.name == "cli"


@pytest.mark.parametrize("room", FORBIDDEN)
def test_rooms_do_not_know_what_lies_above_them(room):
    for path in files(room):
        allowed = {"colorizer", "study"} if is_command_line(path) else set()
        roots = {name.split(".")[0] for name in imports(path)}
        assert not roots & (FORBIDDEN[room] - allowed), path


def test_no_page_imports_a_command_line():
    for path in [ROOT / "app.py", *files("pages")]:
        assert not {name for name in imports(path) if {"cli", "__main__"} & set(name.split("."))}, path


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("room", [room for rooms in FLOORS for room in sorted(rooms)])
def test_rooms_of_colorizer_use_only_the_floors_below(room):
    single = ROOT / "colorizer" / f"{room}.py"
    for path in [single] if single.exists() else files(f"colorizer/{room}"):
        used = {name.split(".")[1] for name in imports(path) if name.startswith("colorizer.") and name.count(".") > 1}
        assert not {other for other in used if other != room and floor(other) >= floor(room)}, path


def modules(root) -> dict[str, Path]:
    """The project's modules below `root` by their dotted names; a package goes by the name of its folder."""
    found = {}
    for path in [root / "app.py", *(path for room in FORBIDDEN for path in sorted((root / room).rglob("*.py")))]:
        *folders, name = path.relative_to(root).with_suffix("").parts
        found[".".join(folders if name == "__init__" else [*folders, name])] = path
    return found


def arrows(root) -> dict[str, set[str]]:
    """Which of the project's modules each one imports. `from a import b` means the module a.b where there is one."""
    known = modules(root)
    graph = {}
    for module, path in known.items():
        used = {name if name in known else name.rpartition(".")[0] for name in imports(path)}
        graph[module] = used & known.keys() - {module}
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first of them once more at the end; [] where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_modules_import_each_other_in_a_circle():
    graph = arrows(ROOT)
    assert graph["accounts.database"] >= {"storage.engine", "storage.settings"}
    assert circle(graph) == []


def test_the_check_sees_a_circle(tmp_path):
    for room in FORBIDDEN:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "app.py").touch()
    (tmp_path / "study" / "votes.py").write_text("from study import report\n")
    (tmp_path / "study" / "report.py").write_text("def f():\n    import study.rates\n")
    (tmp_path / "study" / "rates.py").write_text("if TYPE_CHECKING:\n    from study.votes import Vote\n")
    assert circle(arrows(tmp_path)) == []
    (tmp_path / "study" / "rates.py").write_text("from study.votes import Vote\n")
    assert set(circle(arrows(tmp_path))) == {"study.votes", "study.report", "study.rates"}


def test_imports_are_absolute():
    for path in modules(ROOT).values():
        relative = [node for node in ast.walk(ast.parse(path.read_text())) if getattr(node, "level", 0)]
        assert not relative, f"{path}: the checks here do not see relative imports"


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
        "storage",
        "weights",
        "tests",
    }
    extra = {"LICENSE", "CHANGELOG.md", "scratch"}
    assert {p.name for p in ROOT.iterdir() if not p.name.startswith((".", "__"))} <= expected | extra
