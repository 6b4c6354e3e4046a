import numpy as np
import pytest

from colorizer import models
from colorizer.evaluation import benchmark
from tests.colorizer.models.test_models import TINY

pytestmark = pytest.mark.slow


def test_benchmark_measures_every_step_in_a_fresh_process():
    ballast = np.ones(200_000_000)  # 1.6 GB of this process, which are none of the measured one's
    [row] = benchmark.benchmark([0.1], "two_layer")
    assert set(row) == set(benchmark.COLUMNS)
    assert row["total"] == pytest.approx(row["decode"] + row["network"] + row["render"] + row["encode"])
    assert row["ratio"] == pytest.approx(row["total"] / row["limit"])
    assert 100 < row["peak_mb"] < ballast.nbytes / 1e6 and row["width"] * row["height"] == pytest.approx(1e5, rel=0.02)


def test_a_failure_is_told():
    with pytest.raises(benchmark.BenchmarkError, match="no_such_model"):
        list(benchmark.benchmark([0.1], "no_such_model"))


def test_networks_are_timed_beside_each_other(monkeypatch):
    monkeypatch.setattr(benchmark, "NETWORK_REPEATS", 1)
    create = models.create_model
    tiny = {"resnet50_unet": TINY, "eccv16": {"width": 0.05}}
    monkeypatch.setattr(models, "create_model", lambda name: create(name, **tiny[name]))
    rows = benchmark.compare_networks(["resnet50_unet", "eccv16"])
    assert [row["model"] for row in rows] == ["resnet50_unet", "eccv16"]
    assert all(row["network"] > 0 and row["predict"] > 0 for row in rows)
