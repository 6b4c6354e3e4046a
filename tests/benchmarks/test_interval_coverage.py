"""The measured coverage of the interval: complete, as wide as promised, and shown in the README as it is."""

from tests.benchmarks.interval_coverage import CELLS, FILE, LEAST, README, main, read_rows, with_table


def test_every_cell_was_measured_and_covers():
    rows = read_rows()
    found = {(int(r["participants"]), int(r["pictures"]), float(r["rate"]), float(r["picture_sd"])) for r in rows}
    assert found == set(CELLS) and len(rows) == len(CELLS) == 240
    for row in rows:
        assert int(row["studies"]) >= 4000
        assert float(row["coverage"]) >= LEAST, row


def test_table_of_the_readme_is_the_measured_one():
    text = README.read_text()
    assert with_table(text, read_rows()) == text


def test_worst_cells_can_be_measured_again(tmp_path, capsys):
    copy = tmp_path / "coverage.csv"
    lines = FILE.read_text().splitlines(keepends=True)
    copy.write_text("".join(line for line in lines if not line.startswith("1000")))
    main(["--studies", "50", "--workers", "1", "--worst", "1", "--output", str(copy)])
    again = [row for row in read_rows(copy) if row["studies"] == "50"]
    assert len(again) == 1 and len(read_rows(copy)) == 180
    assert "Worst:" in capsys.readouterr().out
