import pytest

from study.votes.csv_file import HEADER, MissingVotesError, csv_text, is_whole_line, read_votes
from study.votes.record import BadVoteError
from tests.study.votes.votes import LINE, vote


@pytest.fixture
def path(tmp_path):
    return tmp_path / "votes.csv"


def test_a_bad_line_is_named_by_its_number(path):
    path.write_text(f"{HEADER}\n{LINE}\n{LINE.replace('test', 'rest')}\n")
    with pytest.raises(BadVoteError, match=r"line 3: phase must be one of .* Received 'rest'"):
        read_votes(path)


def test_a_file_joined_to_itself_is_noticed(path):
    path.write_text(f"{HEADER}\n{LINE}\n{LINE}\n")
    with pytest.raises(BadVoteError, match="line 3 is a second vote of p1 on the picture of line 2"):
        read_votes(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(MissingVotesError, match=r"votes\.csv"):
        read_votes(path)


def test_a_file_from_a_spreadsheet_is_read(path):
    quoted = ",".join(f'"{cell}"' for cell in LINE.upper().replace("CATS", "cats").split(","))
    path.write_bytes(f"\ufeff{HEADER}\r\n{quoted.replace('TEST', 'test').replace('KOALARIZATION', 'k')}\r\n".encode())
    assert read_votes(path)[0].judged_real is True


def test_csv_text_of_nothing_is_the_header():
    assert csv_text([]) == f"{HEADER}\n"


@pytest.mark.parametrize(("exposure", "response", "shown"), [(500, 1200, 517), (500, 450, 450), (50, 400, 66)])
def test_line_whose_last_number_is_cut_off_is_no_vote(exposure, response, shown):
    line = vote(1, exposure_ms=exposure, response_ms=response, shown_ms=shown).line()
    assert is_whole_line(line) and line.endswith(f",,{shown}")
    assert not is_whole_line(line[:-1])
