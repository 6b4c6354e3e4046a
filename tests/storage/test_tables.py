import csv

import pytest

from storage.tables import format_csv, write_csv


def test_numbers_are_written_as_asked_for_and_gaps_stay_empty():
    rows = [{"model": "a, b", "psnr": 23.456789, "images": 4}, {"model": "c"}]
    assert format_csv(rows, ["model", "images", "psnr"], ".2f") == 'model,images,psnr\n"a, b",4,23.46\nc,,\n'


def test_a_column_that_nobody_announced_is_refused():
    with pytest.raises(ValueError, match="psnr"):
        format_csv([{"psnr": 1.0}], ["model"])


def test_what_is_written_is_read(tmp_path):
    write_csv(tmp_path / "t.csv", [{"model": "größer", "psnr": 1.5}], ["model", "psnr"])
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [{"model": "größer", "psnr": "1.5"}]
