import pytest

from tests.studies import make_study
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A small open study of two models, votes in a CSV file."""
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    return make_study(tmp_path / "cats")
