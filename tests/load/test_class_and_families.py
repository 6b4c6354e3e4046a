"""A small class and two families at once: all get through. The large one: see `tests.load.class_and_families`."""

import pytest

from tests.load import class_and_families


@pytest.mark.slow
def test_a_class_and_families_come_at_once(tmp_path):
    found = class_and_families.run(tmp_path, openings=10, uploads=2, megapixels=1, participants=4, think=(0.1, 0.5))
    print(class_and_families.text(found))
    assert len(found.openings) == 10 and len(found.uploads) == 2 and found.finished == 4
    assert max(found.health) < 10  # seconds; a machine that runs tests is no place to measure less


def test_the_table_has_a_row_for_each_thing_that_is_waited_for():
    found = class_and_families.Found([1.0], 1, 0.5, [2.0], [], [0.1], [0.01], 1, 3, 1, 9)
    assert "| answers | 1 | 0.10 | 0.10 | 0.10 |" in class_and_families.text(found)
