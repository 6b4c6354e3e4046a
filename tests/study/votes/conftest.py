import pytest

from study.votes.sql_store import DatabaseVotes
from study.votes.store import open_store


@pytest.fixture(params=["csv", "sqlite", "postgresql"])
def another(request, tmp_path):
    """A function that makes stores with the same storage, like several app servers have."""
    if request.param == "csv":
        return lambda study="cats": open_store(study, tmp_path, "")
    if request.param == "sqlite":
        return lambda study="cats": DatabaseVotes(study, f"sqlite:///{tmp_path}/votes.db")
    url = request.getfixturevalue("postgres_url")
    for study in ("cats", "dogs"):
        DatabaseVotes(study, url).clear()
    return lambda study="cats": DatabaseVotes(study, url)


@pytest.fixture
def store(another):
    return another()
