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
FLOORS = {  # from the ground up: what stands on one may use those below it, and its own room; the longest name counts
    "storage": ("settings files tables together versions", "journal engine parallel", "backup"),
    "colorizer": (
        "color",
        "models imaging",
        "weights",
        "engine",
        "inference",
        "archive gallery film training evaluation",
        "cli",
        "__main__",
    ),
    "study": (
        "protocol participants votes languages analysis.logit_model",
        "questions recruiting trail analysis.statistics",
        "config consent pool analysis.signal_detection analysis.reliability",
        "sampling analysis.results analysis.planning analysis.audit analysis.classifier",
        "recruiting.places",
        "folder",
        "finding",
        "creating analysis session frames",
        "export",
        "cli",
        "__main__",
    ),
    "accounts": (
        "schema passwords images known",
        "database hashing",
        "folders throttle users",
        "sessions history",
        "service",
    ),
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


def place(module: str) -> tuple[str, int] | None:
    """The room that a module stands in, as FLOORS names it, and the number of its floor; None for a package itself."""
    package, _, name = module.partition(".")
    floors = enumerate(FLOORS.get(package, ()))
    rooms = [(room, number) for number, rooms in floors for room in rooms.split() if f"{name}.".startswith(f"{room}.")]
    return max(rooms, key=lambda place: len(place[0]), default=None)


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_use_only_the_floors_below(package):
    graph = arrows(ROOT)
    for module in graph:
        if module.startswith(f"{package}."):
            assert place(module), f"{module} has no place in FLOORS"
            room, number = place(module)
            inside = {other for other in graph[module] if other.startswith(f"{package}.")}
            wrong = [other for other in inside if place(other)[0] != room and place(other)[1] >= number]
            assert not wrong, f"{module} imports {wrong}"


def test_a_place_is_found_by_the_longest_name():
    assert place("study.analysis.statistics") == ("analysis.statistics", 1)
    assert place("study.analysis.report") == place("study.analysis") == ("analysis", 7)
    assert place("study.foldery") is None and place("study") is None


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
