import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.files import NotSavedError
from storage.journal import Journal, News, WrongHeaderError, split_records

HEADER = "name,age"


def is_whole(line: str) -> bool:
    return line.endswith("!")


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "people.csv", HEADER, is_whole)


def append(journal: Journal, *lines: str) -> None:
    with journal.exclusive():
        journal.append(list(lines))


def test_records_come_back_in_order(journal):
    assert journal.read() == []
    append(journal, "anna,1!", "berta,2!")
    append(journal, "carla,3!")
    assert journal.read() == ["anna,1!", "berta,2!", "carla,3!"]
    assert journal.path.read_text() == "name,age\nanna,1!\nberta,2!\ncarla,3!\n"


def test_a_torn_line_is_ignored_and_cut_off_by_the_next_writer(journal):
    append(journal, "anna,1!")
    with journal.path.open("a") as file:
        file.write("bert")
    assert journal.read() == ["anna,1!"]
    append(journal, "carla,3!")
    assert journal.path.read_text() == "name,age\nanna,1!\ncarla,3!\n"


def test_a_whole_line_without_its_end_counts(journal):
    journal.path.write_text("name,age\nanna,1!")
    append(journal, "berta,2!")
    assert journal.path.read_text() == "name,age\nanna,1!\nberta,2!\n"


def test_a_file_with_another_header_is_never_written_to(journal):
    journal.path.write_text("something,else\n")
    with pytest.raises(WrongHeaderError, match=r"must be 'name,age'\. Received 'something,else'"):
        append(journal, "anna,1!")
    assert journal.path.read_text() == "something,else\n"


def test_rewriting_drops_records_and_sweeps_what_a_killed_one_left(journal, tmp_path):
    append(journal, "anna,1!", "berta,2!")
    (tmp_path / ".people.csv.123.456.tmp").write_text("berta,2!")
    (tmp_path / ".people.csv.rewritten.tmp").write_text("berta,2!")
    with journal.exclusive():
        assert journal.rewrite(lambda line: "berta" not in line) == 1
    append(journal, "carla,3!")
    assert journal.read() == ["anna,1!", "carla,3!"]
    assert sorted(os.listdir(tmp_path)) == ["people.csv", "people.csv.lock"]


def test_a_disk_that_refuses_a_rewrite_leaves_everything(journal, tmp_path, monkeypatch):
    append(journal, "anna,1!", "berta,2!")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotSavedError, match="No space left"), journal.exclusive():
        journal.rewrite(lambda line: "berta" not in line)
    assert journal.read() == ["anna,1!", "berta,2!"]
    assert sorted(os.listdir(tmp_path)) == ["people.csv", "people.csv.lock"]


@given(st.binary(max_size=60), st.sampled_from(["", HEADER]))
def test_cutting_any_bytes_and_mending_them_gives_the_same_records(data, header):
    try:
        records, end, repair, found = split_records(Path("x"), data, header, is_whole)
    except WrongHeaderError:
        return
    mended = data[:end] + repair.encode()
    assert split_records(Path("x"), mended, header, is_whole) == (records, len(mended), "", found)


def test_news_is_what_was_added_since_whoever_wrote_it(journal):
    other = Journal(journal.path, HEADER, is_whole)
    assert journal.news() == News([], False), "there is no file yet"
    seen = []
    for number in range(4):
        append(journal if number % 2 else other, f"anna,{number}!")
        seen.append(journal.news())
    assert seen == [News([f"anna,{number}!"], number == 0) for number in range(4)]
    with other.exclusive():
        other.rewrite(lambda line: line != "anna,1!")
    assert journal.news() == News(["anna,0!", "anna,2!", "anna,3!"], True)
    journal.path.unlink()
    assert [journal.news(), journal.news()] == [News([], True), News([], False)]


def test_what_a_writer_took_back_is_not_kept_by_a_reader(journal):
    append(journal, "anna,1!")
    with journal.path.open("a") as file:
        file.write("berta,2!\n")  # a writer whose disk is full before its second line
    assert journal.news().lines == ["anna,1!", "berta,2!"]
    whole = journal.path.read_text()
    os.truncate(journal.path, len(whole) - len("berta,2!\n"))
    append(journal, "carla,3!", "doris,4!")
    assert journal.news() == News(["anna,1!", "carla,3!", "doris,4!"], True)
