import csv
import io
from dataclasses import replace

from study.analysis.snapshot import take_snapshot
from study.analysis.tables import SORTS, pictures_csv, rates_csv
from tests.studies import take_part


def read_csv(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def test_both_numbers_stand_in_the_table(study):
    take_part(study)
    take_part(study, participants=2, first=30, response_ms=10)
    rows = read_csv(rates_csv(take_snapshot(study)))
    people = {(row["kind"], row["counted"]): int(row["n_participants"]) for row in rows}
    assert (people["real", "by the rules"], people["real", "everybody"]) == (8, 10)


def test_no_file_name_is_a_formula_in_the_table(study):
    take_part(study)
    snapshot = take_snapshot(study)
    photos = tuple({**photo, "name": "=cmd|'/C calc'!A0.png"} for photo in snapshot.pool.photos)
    rows = read_csv(pictures_csv(replace(snapshot, pool=replace(snapshot.pool, photos=photos))))
    assert {row["photograph"] for row in rows} == {"'=cmd|'/C calc'!A0.png"}


def test_gallery_orders():
    rows = [FakeRow(0.2, 5, 100), FakeRow(0.9, 2, 50), FakeRow(0.9, 7, 10)]
    ordered = {name: [rows.index(row) for row in sorted(rows, key=key)] for name, key in SORTS.items()}
    assert ordered == {
        "Most often taken for real": [2, 1, 0],
        "Least often taken for real": [0, 2, 1],
        "Slowest answers": [0, 1, 2],
        "Fewest answers": [1, 0, 2],
    }


class FakeRow:
    def __init__(self, rate, n_votes, median_response_ms):
        self.rate, self.n_votes, self.median_response_ms = rate, n_votes, median_response_ms
