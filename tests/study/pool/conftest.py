import pytest

from tests.study.pool.pools import build
from tests.study_photos import TINT, VIVID, no_waiting_for_the_disk  # noqa: F401


@pytest.fixture(scope="package")
def pool(tmp_path_factory):
    return build(tmp_path_factory.mktemp("pool"), conditions=(TINT, VIVID))
