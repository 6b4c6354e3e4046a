import json
import os
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.engine import DatabaseError, DatabaseUrlError
from storage.files import BusyError, NotSavedError, locked
from storage.journal import Journal, WrongHeaderError
from study.participants import BadCodeError, new_code, participant_of
from study.votes.allocation import Allocation, shown_counts
from study.votes.csv_file import HEADER, MissingVotesError, csv_text, export_votes, is_whole_line, read_votes
from study.votes.csv_store import CsvVotes
from study.votes.record import BadVoteError, Vote, now_utc
from study.votes.sql_store import DatabaseVotes
from study.votes.store import open_store

VOTE = Vote(
    study="cats",
    participant_id="p1",
    trial=1,
    phase="test",
    stimulus="s1",
    model="koalarization",
    is_real=False,
    judged_real=True,
    response_ms=1234,
    voted_at="2026-11-21T10:00:00.000Z",
    device="phone",
    app_version="0.1.0",
)
LINE = "cats,p1,1,test,s1,koalarization,false,true,1234,2026-11-21T10:00:00.000Z,phone,0.1.0,"


def vote(number, participant="p1", **changes):
    return replace(VOTE, participant_id=participant, trial=number, stimulus=f"s{number}", **changes)


def allocation(participant="p1", trials=({"stimulus": "s1", "phase": "test"},), started_at=None):
    return Allocation(participant, started_at or now_utc(), "phone", tuple(trials))


@pytest.fixture(params=["csv", "sqlite", "postgresql"])
def another(request, tmp_path):
    """Makes stores that share one place, as app servers do."""
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


# === The record ===


def test_columns_are_those_of_the_contract():
    assert HEADER == (
        "study,participant_id,trial,phase,stimulus,model,is_real,judged_real,response_ms,voted_at,device,app_version,"
        "partner"
    )


def test_a_vote_is_one_line_and_back():
    assert VOTE.line() == LINE
    assert Vote.from_row(LINE.split(",")) == VOTE


def test_a_line_that_went_through_a_spreadsheet_is_read():
    assert Vote.from_row(LINE.replace("true", "TRUE").replace("false", "FALSE").split(",")) == VOTE


@pytest.mark.parametrize(
    "wrong",
    [
        {"participant_id": ""},
        {"participant_id": "=1+1"},
        {"stimulus": "+s1"},
        {"stimulus": "-s1"},
        {"device": "@sum"},
        {"study": "\tx"},
        {"stimulus": "s1\n"},
        {"model": "a,b"},
        {"partner": '"x"'},
        {"app_version": "x" * 65},
        {"participant_id": "ﬁ"},
        {"participant_id": 7},
        {"trial": 0},
        {"trial": True},
        {"phase": "warm-up"},
        {"model": ""},
        {"is_real": True},
        {"judged_real": "true"},
        {"response_ms": -1},
        {"response_ms": 12.5},
        {"voted_at": "yesterday"},
        {"voted_at": "2026-11-21T10:00:00+01:00"},
    ],
    ids=str,
)
def test_what_cannot_stand_in_a_vote(wrong):
    with pytest.raises(BadVoteError, match=next(iter({"is_real": "model"}.get(k, k) for k in wrong))):
        replace(VOTE, **wrong)


def test_device_and_version_may_be_unknown_and_a_time_without_zone_is_utc():
    assert replace(VOTE, device="", app_version="", voted_at="2026-11-21T10:00:00").line().endswith("00:00,,,")


@given(st.text(min_size=1, max_size=70), st.sampled_from(["study", "participant_id", "stimulus", "device", "partner"]))
def test_no_cell_can_become_a_formula_or_break_the_line(text, column):
    try:
        line = replace(VOTE, **{column: text}).line()
    except BadVoteError:
        return
    assert line.isascii()
    assert line.count(",") == LINE.count(",")
    assert not any(cell[:1] in tuple("=+-@\t\r\n'") for cell in line.split(",") if cell)


def test_a_real_picture_has_no_model_and_a_catch_picture_may_have_none():
    assert replace(VOTE, is_real=True, model="").line().split(",")[5:7] == ["", "true"]
    assert replace(VOTE, phase="catch", model="").model == ""


# === Both kinds of store ===


def test_votes_come_back_in_order(store):
    votes = [vote(3), vote(1), vote(2, "p2"), replace(vote(4), is_real=True, model="", partner="s9")]
    assert store.append(votes[:2]) == 2
    assert store.append(votes[2:]) == 2
    assert store.read() == votes
    assert store.votes_of("p2") == [vote(2, "p2")]


def test_nothing_yet(store):
    assert (store.read(), store.allocations(), store.votes_of("p1"), store.allocation_of("p1")) == ([], [], [], None)
    assert store.append([]) == 0


def test_one_vote_per_participant_and_picture(another):
    one, other = another(), another()
    assert one.append([vote(1)]) == 1
    assert other.append([replace(vote(1), judged_real=False)]) == 0  # a second tab
    assert one.append([vote(2), replace(vote(2), trial=9), vote(3)]) == 2  # a double click
    assert other.append([vote(1, "p2")]) == 1
    assert other.read() == [vote(1), vote(2), vote(3), vote(1, "p2")]


@pytest.mark.parametrize("another", ["sqlite", "postgresql"], indirect=True)
def test_studies_share_a_database_and_do_not_mix(another):
    another("cats").append([vote(1)])
    another("dogs").append([replace(vote(1), study="dogs")])
    another("dogs").enrol("p1", lambda shown: allocation())
    assert another("cats").read() == [vote(1)]
    assert another("cats").allocations() == []
    another("dogs").clear()
    assert another("cats").read() == [vote(1)]
    assert another("dogs").read() == []


def test_deleting_a_participant_leaves_the_others(another):
    one, other = another(), another()
    one.append([vote(1), vote(2), vote(1, "p2")])
    for participant in ("p1", "p2"):
        one.enrol(participant, lambda shown, participant=participant: allocation(participant))
    assert other.delete("p1") == 2
    assert one.read() == [vote(1, "p2")]
    assert [each.participant_id for each in one.allocations()] == ["p2"]
    assert other.delete("p1") == 0
    assert one.append([vote(1)]) == 1  # nothing of the deleted vote is remembered, here or in the other server
    assert other.append([vote(1)]) == 0


def test_a_participant_is_given_pictures_once(another):
    one, other = another(), another()
    first = one.enrol("p1", lambda shown: allocation(trials=[{"stimulus": "s7", "phase": "test"}]))
    again = other.enrol("p1", lambda shown: pytest.fail("allocated twice"))
    assert again == first == one.allocation_of("p1")


def test_a_refused_allocation_leaves_no_trace(store):
    with pytest.raises(RuntimeError):
        store.enrol("p1", lambda shown: (_ for _ in ()).throw(RuntimeError("closed")))
    assert store.allocations() == []
    assert store.enrol("p1", lambda shown: allocation()) == store.allocation_of("p1")


def test_an_allocation_knows_what_was_shown(store):
    store.append([vote(1), vote(2), vote(1, "p2")])
    store.enrol("p3", lambda shown: allocation("p3", [{"stimulus": s, "phase": "test"} for s in ("s1", "s5")]))
    seen = []
    store.enrol("p4", lambda shown: seen.append(shown) or allocation("p4"))
    assert seen == [Counter(s1=3, s2=1, s5=1)]


def test_pictures_of_people_who_left_are_free_again():
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    trials = [{"stimulus": "s1", "phase": "test"}, {"stimulus": "s2", "phase": "test"}]
    assert shown_counts([vote(1)], [allocation("p1", trials, long_ago)]) == Counter(s1=1)
    assert shown_counts([vote(1)], [allocation("p1", trials)]) == Counter(s1=1, s2=1)


def test_threads_share_a_store(store):
    def work(number):
        results.append(sum(store.append([vote(i, f"p{number % 4}")]) for i in range(1, 26)))

    results = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 100  # four participants, each in two tabs
    assert Counter(v.participant_id for v in store.read()) == {f"p{n}": 25 for n in range(4)}


def test_the_export_is_the_same_csv_whatever_the_store(store, tmp_path):
    store.append([vote(1), replace(vote(2), is_real=True, model="")])
    export_votes(store.read(), tmp_path / "export.csv")
    assert (tmp_path / "export.csv").read_text() == f"{HEADER}\n{vote(1).line()}\n{store.read()[1].line()}\n"
    assert read_votes(tmp_path / "export.csv") == store.read()


# === The CSV store ===


@pytest.fixture
def path(tmp_path):
    return tmp_path / "votes.csv"


def test_the_file_has_its_header_once(path):
    CsvVotes(path).append([vote(1)])
    CsvVotes(path).append([vote(2)])
    assert path.read_text() == f"{HEADER}\n{vote(1).line()}\n{vote(2).line()}\n"


@pytest.mark.parametrize("cut", range(1, len(LINE) + 1, 7))
def test_a_torn_line_is_ignored_and_cut_off(path, cut):
    whole = f"{HEADER}\n{vote(2).line()}\n"
    path.write_text(whole + LINE[:-cut])
    store = CsvVotes(path)
    assert store.read() == [vote(2)]
    assert path.read_text() == whole + LINE[:-cut]  # reading writes nothing
    assert store.append([VOTE]) == 1
    assert path.read_text() == f"{whole}{LINE}\n"


def test_a_last_line_without_its_end_is_kept(path):
    path.write_text(f"{HEADER}\n{LINE}")  # an editor left the line end out, or only it was torn off
    store = CsvVotes(path)
    assert store.read() == read_votes(path) == [VOTE]
    assert store.append([VOTE, vote(2)]) == 1
    assert path.read_text() == f"{HEADER}\n{LINE}\n{vote(2).line()}\n"


def test_a_torn_partner_is_not_taken_for_a_whole_one(path):
    pair = replace(VOTE, stimulus="s123456", partner="s654321")
    path.write_text(f"{HEADER}\n{pair.line()[:-3]}")
    assert CsvVotes(path).read() == []


@pytest.mark.parametrize("torn", ["", "st", HEADER[:-1], HEADER])
def test_a_torn_header_is_mended(path, torn):
    path.write_text(torn)
    assert CsvVotes(path).read() == []
    CsvVotes(path).append([VOTE])
    assert path.read_text() == f"{HEADER}\n{LINE}\n"


@pytest.mark.parametrize("header", ["name,age", HEADER.replace("study,", ""), HEADER.upper(), f"{HEADER},note", LINE])
@pytest.mark.parametrize("end", ["", "\n", "\nx,1\n"])
def test_a_file_with_another_header_is_never_written_to(path, header, end):
    path.write_text(header + end)
    store = CsvVotes(path)
    for attempt in (store.read, lambda: store.append([VOTE]), lambda: store.delete("p1"), lambda: read_votes(path)):
        with pytest.raises(WrongHeaderError, match="Received"):
            attempt()
    assert path.read_text() == header + end


def test_a_bad_line_is_named_by_its_number(path):
    path.write_text(f"{HEADER}\n{LINE}\n{LINE.replace('test', 'rest')}\n")
    with pytest.raises(BadVoteError, match=r"line 3: phase must be one of .* Received 'rest'"):
        read_votes(path)


def test_a_file_joined_to_itself_is_noticed(path):
    path.write_text(f"{HEADER}\n{LINE}\n{LINE}\n")
    with pytest.raises(BadVoteError, match="line 3 says the same as line 2"):
        read_votes(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(MissingVotesError, match=r"votes\.csv"):
        read_votes(path)


def test_a_file_from_a_spreadsheet_is_read(path):
    quoted = ",".join(f'"{cell}"' for cell in LINE.upper().replace("CATS", "cats").split(","))
    path.write_bytes(f"\ufeff{HEADER}\r\n{quoted.replace('TEST', 'test').replace('KOALARIZATION', 'k')}\r\n".encode())
    assert read_votes(path)[0].judged_real is True


def test_rewriting_twice_is_seen_by_a_server_that_held_the_file_open(path):
    # The second rewrite may get the inode number of the first file: only its kept descriptor tells them apart.
    one, other = CsvVotes(path), CsvVotes(path)
    one.append([vote(n, "a") for n in range(1, 4)] + [vote(n, "b") for n in range(1, 4)])
    other.append([])
    for participant in ("a", "b"):
        one.delete(participant)
    one.append([vote(n, "c") for n in range(1, 9)])
    assert other.append([vote(1, "a")]) == 1
    assert other.append([vote(8, "c")]) == 0


def test_what_a_killed_deletion_left_is_swept_away(path, tmp_path):
    store = CsvVotes(path)
    store.append([vote(1), vote(1, "p2")])
    leftover = tmp_path / ".votes.csv.123.456.tmp"
    leftover.write_text(vote(1, "p2").line())
    store.delete("p2")
    assert not leftover.exists()


def test_a_file_in_use_for_too_long_is_an_error(path):
    store = CsvVotes(path)
    store._votes._timeout = 0.05
    with locked(path), pytest.raises(BusyError, match="try again"):
        store.append([VOTE])
    assert store.append([VOTE]) == 1


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_failing_disk_takes_back_what_it_half_wrote(path, monkeypatch, call):
    store = CsvVotes(path)
    store.append([vote(1)])
    real, broken = getattr(os, call), {"left": 0}

    def failing(descriptor, *data):
        if call == "write" and not broken["left"]:
            broken["left"] = 1
            return real(descriptor, bytes(data[0])[:20])  # a short write, then the refusal
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(NotSavedError, match="No space left on device"):
        store.append([vote(2)])
    monkeypatch.undo()
    assert path.read_text() == f"{HEADER}\n{vote(1).line()}\n"
    assert store.append([vote(2)]) == 1
    assert store.read() == [vote(1), vote(2)]


def test_a_server_reads_only_what_is_new(path):
    one, other = Journal(path, HEADER, is_whole_line), Journal(path, HEADER, is_whole_line)
    seen = []
    for number in range(4):
        with (one if number % 2 else other).exclusive():
            (one if number % 2 else other).append([vote(number + 1).line()])
        with one.exclusive() as news:
            seen.append((len(news.lines), news.fresh))
    assert seen == [(1, True), (0, False), (1, False), (0, False)]


def test_allocations_are_lines_of_json(path, tmp_path):
    CsvVotes(path).enrol("p1", lambda shown: allocation())
    (line,) = (tmp_path / "draws.jsonl").read_text().splitlines()
    assert json.loads(line)["participant_id"] == "p1"
    with (tmp_path / "draws.jsonl").open("a") as file:
        file.write(line[:20])  # torn
    assert len(CsvVotes(path).allocations()) == 1
    CsvVotes(path).enrol("p2", lambda shown: allocation("p2"))
    assert len(CsvVotes(path).allocations()) == 2


# === The database ===


@pytest.mark.parametrize("url", ["mysql://host/db", "nonsense", "oracle://x"])
def test_an_address_that_is_no_database_of_ours(url):
    with pytest.raises(DatabaseUrlError, match="HUESTORY_DATABASE_URL"):
        DatabaseVotes("cats", url)


def test_a_password_is_not_repeated_in_an_error():
    with pytest.raises(DatabaseUrlError) as caught:
        DatabaseVotes("cats", "mysql://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_a_database_that_does_not_answer(tmp_path):
    with pytest.raises(DatabaseError, match="database that must answer"):
        DatabaseVotes("cats", f"sqlite:///{tmp_path}/missing/votes.db")


def test_a_table_with_other_columns_is_never_written_to(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE votes (id INTEGER, candidate TEXT)")
    connection.close()
    with pytest.raises(WrongHeaderError, match="It lacks app_version"):
        DatabaseVotes("cats", f"sqlite:///{tmp_path}/other.db")


def test_the_environment_chooses_the_store(tmp_path, monkeypatch):
    monkeypatch.delenv("HUESTORY_DATABASE_URL", raising=False)
    assert isinstance(open_store("cats", tmp_path), CsvVotes)
    monkeypatch.setenv("HUESTORY_DATABASE_URL", f"sqlite:///{tmp_path}/h.db")
    assert isinstance(open_store("cats", tmp_path), DatabaseVotes)


def test_a_full_database_saves_nothing(tmp_path):
    import sqlite3

    url = f"sqlite:///{tmp_path}/full.db"
    store = DatabaseVotes("cats", url)
    store.append([vote(1)])
    from sqlalchemy import event

    def limit(connection, _):
        connection.execute("PRAGMA max_page_count = 1").close()

    event.listen(store._engine, "connect", limit)
    store._engine.dispose()
    with pytest.raises(NotSavedError, match="full"):
        store.append([vote(n) for n in range(2, 400)])
    event.remove(store._engine, "connect", limit)
    store._engine.dispose()
    assert store.read() == [vote(1)]
    with sqlite3.connect(tmp_path / "full.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


# === Codes ===


def test_a_code_gives_its_participant_and_not_the_other_way():
    code = new_code()
    participant = participant_of(code)
    assert participant == participant_of(code.lower().replace("-", " "))
    assert participant != participant_of(new_code())
    assert not any(part in participant.upper() for part in code.split("-"))
    replace(VOTE, participant_id=participant)  # is a valid id


@pytest.mark.parametrize("text", ["", "K7QM", "K7QM-2F9X-WBTA-3HN0", "=1+1"])
def test_other_texts_are_no_code(text):
    with pytest.raises(BadCodeError, match="sixteen"):
        participant_of(text)


def test_csv_text_of_nothing_is_the_header():
    assert csv_text([]) == f"{HEADER}\n"
