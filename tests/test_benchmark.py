import csv

import pytest

from colorizer import benchmark


def test_benchmark_measures_every_step_in_a_fresh_process(tmp_path):
    [row] = benchmark.benchmark([0.1])
    assert set(row) == set(benchmark.COLUMNS)
    assert row["total"] == pytest.approx(row["decode"] + row["network"] + row["render"] + row["encode"])
    assert row["ratio"] == pytest.approx(row["total"] / row["limit"])
    assert 100 < row["peak_mb"] < 2500 and row["width"] * row["height"] == pytest.approx(1e5, rel=0.02)
    benchmark.write_csv([row], tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="") as file:
        assert float(next(csv.DictReader(file))["megapixels"]) == 0.1


def test_a_failure_is_told():
    with pytest.raises(benchmark.BenchmarkError, match="no_such_model"):
        list(benchmark.benchmark([0.1], "no_such_model"))
