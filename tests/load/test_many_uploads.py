"""A few visitors one after another, then two at once. The large number: see `tests.load.many_uploads`."""

from tests.load import many_uploads


def test_visitors_come_one_after_another(tmp_path):
    found = many_uploads.run(tmp_path, uploads=3, megapixels=0.3, crowd=2, crowd_megapixels=1, rest=0)
    print(many_uploads.text(found))
    assert len(found.seconds) == 3 and len(found.crowd) == 2
    assert found.at_most >= found.after > 0


def test_the_table_says_how_much_memory_there_was():
    found = many_uploads.Found(10, [600, 610.4], [1.0], [2.0, 4.0], 4.1, 610, 700, 620, 300)
    words = many_uploads.text(found)
    assert "| 600, 610 |" in words and "| 4.0 s |" in words and "| 610, 700, 620 |" in words
