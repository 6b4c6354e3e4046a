import csv

import pytest

from colorizer.evaluation import tables
from colorizer.evaluation.evaluate import COLUMNS
from storage.tables import write_csv
from tests.conftest import ROOT


def row(model: str, psnr: float = 20.0, folder: str = "") -> dict:
    return dict.fromkeys(COLUMNS, 1.0) | {"model": model, "images": 4, "psnr": psnr, "folder": folder}


def test_rows_of_other_models_stay_and_new_models_come_last(tmp_path):
    write_csv(tmp_path / "old.csv", [row("a"), row("b"), row("b", folder="cats")], COLUMNS, ".4f")
    joined = tables.with_others([row("b", 21.5), row("c")], tmp_path / "old.csv")
    assert [(r["model"], r["folder"], float(r["psnr"])) for r in joined] == [
        ("a", "", 20.0),
        ("b", "", 21.5),
        ("b", "cats", 20.0),
        ("c", "", 20.0),
    ]


def test_another_csv_is_not_updated(tmp_path):
    (tmp_path / "votes.csv").write_text("model,vote\na,1\n")
    with pytest.raises(tables.TableError, match="columns of `evaluate`"):
        tables.with_others([row("a")], tmp_path / "votes.csv")


def test_a_table_takes_the_place_of_the_one_below_the_marker(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{tables.MARKER}\n\n| old |\n| --- |\n| 1 |\n\nText.\n\n| other |\n")
    tables.insert(tables.markdown([row("a", float("nan")) | {"ssim": 0.0}, row("a", folder="cats")]), page)
    head, _, rest = page.read_text().partition(f"{tables.MARKER}\n\n")
    table, _, rest = rest.partition("\n\n")
    assert head == "# Page\n\n" and rest == "Text.\n\n| other |\n"
    assert len(table.splitlines()) == 3 and table.splitlines()[2].startswith("| a | 4 | – | 0.000 | 1.00 |")


def test_a_page_without_the_marker_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("| old |\n")
    with pytest.raises(tables.TableError, match="<!-- evaluation -->"):
        tables.insert("| new |", page)
    assert page.read_text() == "| old |\n"


@pytest.mark.parametrize("page", ["README.md", "weights/README.md"])
def test_the_pages_publish_what_was_measured(page):
    with open(ROOT / "weights" / "evaluation.csv", newline="") as file:
        measured = tables.markdown(list(csv.DictReader(file)))
    assert f"{tables.MARKER}\n\n{measured}\n\n" in (ROOT / page).read_text()
