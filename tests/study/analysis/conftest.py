import pytest

from tests.studies import make_study


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A small open study of two models, votes in a CSV file."""
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    return make_study(tmp_path / "cats")
