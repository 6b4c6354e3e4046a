import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from accounts import database, hashing, schema, service, sessions, throttle
from accounts import known as known_browsers
from accounts.database import Database
from accounts.hashing import BusyError
from accounts.passwords import CommonPasswordError, PasswordLengthError
from accounts.service import Accounts
from accounts.throttle import Throttle, TooManyAttemptsError
from accounts.users import BadNameError, NameTakenError, TooManyAccountsError, WrongPasswordError
from storage import StorageError
from storage.engine import DatabaseError, DatabaseUrlError, NewerSchemaError, migrate, sqlite_url
from storage.settings import SettingError
from tests.people import PASSWORD, TABLES

HERE = "10.0.0.1"


def everything(accounts_url) -> str:
    """All that the database holds, as text."""
    with Database(accounts_url).transaction() as connection:
        return str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES])


# --- people


def test_a_person_registers_and_comes_back(accounts):
    anna = accounts.sessions.find_token(accounts.register("Anna Müller", PASSWORD, HERE).token).user
    again = accounts.sessions.find_token(accounts.sign_in("anna  müller ", PASSWORD, HERE).token).user
    assert anna == again and anna.name == "Anna Müller" and anna.has_password


def test_the_number_of_accounts_has_a_limit(accounts, monkeypatch):
    monkeypatch.setenv("HUESTORY_ACCOUNTS", "2")
    accounts.register("anna", PASSWORD, HERE)
    known = accounts.users.identify("https://id.example", "1", "Ben")
    for add in (
        lambda: accounts.register("carla", PASSWORD, HERE),
        lambda: accounts.users.identify("https://id.example", "2", "Dora"),
    ):
        with pytest.raises(TooManyAccountsError, match="takes no more accounts"):
            add()
    assert accounts.users.identify("https://id.example", "1", "Ben") == known
    accounts.sign_in("anna", PASSWORD, HERE)


def test_unknown_name_and_wrong_password_get_the_same_answer(accounts):
    accounts.register("anna", PASSWORD, HERE)
    said = []
    for name, password in (("anna", "wrong"), ("berta", PASSWORD), ("", ""), ("anna", PASSWORD + "x" * 5000)):
        with pytest.raises(WrongPasswordError) as refusal:
            accounts.sign_in(name, password, HERE)
        said.append(str(refusal.value))
    assert len(set(said)) == 1


def test_an_unknown_name_costs_the_same_work(accounts, monkeypatch, real_hashes):
    accounts.register("anna", PASSWORD, HERE)
    verified = []
    real = hashing._hasher

    class Counting:
        def verify(self, known, password):
            verified.append(known.split("$")[3])  # the parameters
            return real.verify(known, password)

    monkeypatch.setattr(hashing, "_hasher", Counting())
    hashing._nobody.cache_clear()
    monkeypatch.setattr(hashing, "_nobody", lambda: real.hash("nobody"))
    for name in ("anna", "berta"):
        with pytest.raises(WrongPasswordError):
            accounts.users.authenticate(name, "wrong")
    assert verified == ["m=19456,t=2,p=1"] * 2


@pytest.mark.parametrize("name", ["", "ab", "x" * 41, "a\nb\0c", "<script>", "../../etc"])
def test_a_bad_name_is_refused(accounts, name):
    with pytest.raises(BadNameError, match="3 to 40"):
        accounts.register(name, PASSWORD, HERE)


@pytest.mark.parametrize("name", ["Anna", "ANNA", " anna ", "Ａｎｎａ"])
def test_a_name_is_given_once_however_it_is_typed(accounts, name):
    accounts.register("anna", PASSWORD, HERE)
    with pytest.raises(NameTakenError):
        accounts.register(name, PASSWORD, HERE)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("short", PasswordLengthError),
        ("x" * 257, PasswordLengthError),
        ("1234567890", CommonPasswordError),
        ("qwertyuiop", CommonPasswordError),
        ("iloveyou123", CommonPasswordError),
        ("annamueller", CommonPasswordError),
    ],
)
def test_a_password_that_is_short_or_common_is_refused(accounts, password, refusal):
    with pytest.raises(refusal) as error:
        accounts.register("annamueller", password, HERE)
    assert password not in str(error.value)


def test_the_password_is_kept_only_as_argon2id(accounts, accounts_url, real_hashes):
    opened = accounts.register("anna", PASSWORD, HERE)
    kept = everything(accounts_url)
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
    assert all(secret not in kept for secret in (PASSWORD, opened.token, opened.ticket, HERE))


def test_a_password_typed_on_another_keyboard_is_the_same(accounts):
    accounts.register("anna", "größte Äpfel im Mai", HERE)
    accounts.sign_in("anna", "gro\u0308ßte A\u0308pfel im Mai", HERE)


def test_hashes_of_old_settings_are_renewed(accounts, accounts_url, monkeypatch):
    monkeypatch.setattr(hashing, "_hasher", hashing.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
    accounts.register("anna", PASSWORD, HERE)
    monkeypatch.undo()
    assert "m=8192" in everything(accounts_url)
    accounts.sign_in("anna", PASSWORD, HERE)
    assert "m=19456" in everything(accounts_url)
    accounts.sign_in("anna", PASSWORD, HERE)


def test_hashing_is_bounded(monkeypatch):
    monkeypatch.setattr(hashing, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "_WAIT", 0.01)
    with hashing._slot(), pytest.raises(BusyError):
        hashing.hash_password(PASSWORD)
    hashing.hash_password(PASSWORD)


@pytest.mark.parametrize("same", [False, True])
def test_twenty_register_at_once(accounts_url, tmp_path, same):
    servers = [Accounts(Database(accounts_url), tmp_path / "history", quota=10_000) for _ in range(4)]
    start = threading.Barrier(20)

    def register(number):
        start.wait()
        try:
            return servers[number % 4].register("anna" if same else f"anna{number}", PASSWORD, HERE)
        except NameTakenError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(register, range(20)))
    made = [outcome for outcome in outcomes if not isinstance(outcome, NameTakenError)]
    assert len(made) == (1 if same else 20)
    assert len({servers[0].sessions.find_token(opened.token).user.id for opened in made}) == len(made)


def test_a_provider_s_person_is_the_same_by_issuer_and_subject(accounts):
    identify = accounts.users.identify
    anna = identify("https://one.example", "7", "Anna")
    assert identify("https://one.example", "7", "Anna Müller") == anna
    assert identify("https://two.example", "7", "Anna").id != anna.id
    assert identify("https://one.example", "8", "Anna").id != anna.id
    assert not anna.has_password
    with pytest.raises(WrongPasswordError):
        accounts.sign_in("Anna", "", HERE)


# --- sign-ins


def test_a_ticket_is_good_once_and_for_a_minute(accounts, monkeypatch):
    opened = accounts.register("anna", PASSWORD, HERE)
    assert accounts.sessions.redeem("") is None and accounts.sessions.redeem(opened.token) is None
    visit = accounts.sessions.redeem(opened.ticket)
    assert visit == accounts.sessions.find_token(opened.token) == accounts.sessions.find(visit.session)
    assert accounts.sessions.redeem(opened.ticket) is None
    late = accounts.sign_in("anna", PASSWORD, HERE)
    monkeypatch.setattr(sessions.time, "time", lambda: 4e9)
    assert accounts.sessions.redeem(late.ticket) is None


def test_a_sign_in_ends_after_a_month(accounts, accounts_url, monkeypatch):
    opened, now = accounts.register("anna", PASSWORD, HERE), time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.SECONDS - 60)
    assert accounts.sessions.find_token(opened.token)
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.SECONDS + 1)
    assert accounts.sessions.find_token(opened.token) is None
    accounts.sign_in("anna", PASSWORD, HERE)
    with Database(accounts_url).transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sessions")) == 1, "the old one is forgotten"


def test_sign_out_here_and_everywhere(accounts):
    tokens = [accounts.register("anna", PASSWORD, HERE).token]
    tokens += [accounts.sign_in("anna", PASSWORD, HERE).token for _ in range(2)]
    other = accounts.register("berta", PASSWORD, HERE).token
    find = accounts.sessions.find_token
    accounts.sessions.close(find(tokens[0]).session)
    assert [bool(find(token)) for token in tokens] == [False, True, True]
    accounts.sessions.close_all(find(tokens[1]).user)
    assert [bool(find(token)) for token in tokens] == [False] * 3
    assert find(other)


def test_a_new_password_ends_all_other_sign_ins(accounts):
    first, second = accounts.register("anna", PASSWORD, HERE).token, accounts.sign_in("anna", PASSWORD, HERE).token
    visit = accounts.sessions.find_token(second)
    with pytest.raises(WrongPasswordError):
        accounts.change_password(visit, "wrong", "another walrus bicycle")
    with pytest.raises(CommonPasswordError):
        accounts.change_password(visit, PASSWORD, "1234567890")
    assert accounts.sessions.find_token(first)
    accounts.change_password(visit, PASSWORD, "another walrus bicycle")
    assert accounts.sessions.find_token(first) is None and accounts.sessions.find_token(second)
    with pytest.raises(WrongPasswordError):
        accounts.sign_in("anna", PASSWORD, HERE)
    accounts.sign_in("anna", "another walrus bicycle", HERE)


# --- guesses


def guess(accounts, name="anna", address=HERE, password="wrong"):
    with pytest.raises(WrongPasswordError):
        accounts.sign_in(name, password, address)


def test_guesses_are_delayed_also_after_a_restart(accounts, accounts_url, tmp_path):
    accounts.register("anna", PASSWORD, HERE)
    for _ in range(service.GUESSES):
        guess(accounts)
    for server in (accounts, Accounts(Database(accounts_url), tmp_path, quota=10_000)):
        with pytest.raises(TooManyAttemptsError, match=r"try again in \d+ seconds"):
            server.sign_in("Anna", PASSWORD, HERE)
    accounts.sign_in("anna", PASSWORD, "10.0.0.2")  # the person herself, from elsewhere
    guess(accounts, name="berta")


def test_an_unknown_name_is_delayed_like_a_known_one(accounts):
    for _ in range(service.GUESSES):
        guess(accounts, name="nobody")
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("nobody", PASSWORD, HERE)


def test_guesses_from_many_addresses_at_one_name_are_delayed(accounts, monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ACCOUNT", 6)
    for number in range(6):
        guess(accounts, address=f"10.0.1.{number}")
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("anna", PASSWORD, "10.0.2.1")


def test_strangers_cannot_lock_a_person_out(accounts, monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ACCOUNT", 6)
    monkeypatch.setattr(service, "GUESSES_OF_ADDRESS", 4)
    visit = accounts.sessions.find_token(accounts.register("anna", PASSWORD, HERE).token)
    known, of_another = accounts.mark("Anna"), known_browsers.new_mark("another hash")
    for number in range(6):
        guess(accounts, address=HERE if number < 4 else f"10.0.1.{number}")
    for marks in ([], [of_another], ["0" * 24 + "-" + "0" * 64]):
        with pytest.raises(TooManyAttemptsError):
            accounts.sign_in("anna", PASSWORD, "10.0.2.1", marks)
    accounts.sign_in("anna", PASSWORD, HERE, [of_another, known])
    accounts.change_password(visit, PASSWORD, "another walrus bicycle")
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("anna", PASSWORD, HERE, [known])  # a changed password makes the mark void
    accounts.delete_account(visit.user, "another walrus bicycle")


def test_in_a_known_browser_guesses_are_delayed_too(accounts):
    accounts.register("anna", PASSWORD, HERE)
    marks = [accounts.mark("anna")]
    for number in range(service.GUESSES):
        with pytest.raises(WrongPasswordError):
            accounts.sign_in("anna", "wrong", f"10.0.3.{number}", marks)
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("anna", PASSWORD, HERE, marks)


def test_a_browser_knows_a_family_and_no_cookie_of_strangers():
    cookie = ""
    for number in range(6):
        cookie = known_browsers.join(known_browsers.new_mark(f"hash {number}"), known_browsers.split(cookie))
    marks = known_browsers.split(cookie)
    assert [bool(known_browsers.find_mark(marks, f"hash {number}")) for number in range(6)] == [False] * 2 + [True] * 4
    assert len(cookie) < 400
    for odd in ("", "x", ".", "-" * 89 + ".é" * 89, "." * 10_000):
        assert known_browsers.find_mark(known_browsers.split(odd), "hash") is None


def test_guesses_from_one_address_at_many_names_are_delayed(accounts, monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ADDRESS", 6)
    accounts.register("anna", PASSWORD, "10.0.2.1")
    for number in range(6):
        guess(accounts, name=f"name{number}")
        accounts.sign_in("anna", PASSWORD, "10.0.2.1")  # others' right passwords do not count
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("anna", PASSWORD, HERE)


def test_one_s_own_right_password_does_not_forgive_guesses_at_others(accounts, monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ADDRESS", 6)
    accounts.register("mallory", PASSWORD, "10.0.2.1")
    for number in range(6):
        guess(accounts, name=f"name{number}")
        if number < 5:
            accounts.sign_in("mallory", PASSWORD, HERE)
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("mallory", PASSWORD, HERE)


def test_changing_and_deleting_cannot_be_used_to_guess(accounts):
    visit = accounts.sessions.find_token(accounts.register("anna", PASSWORD, HERE).token)
    for _ in range(service.GUESSES):
        with pytest.raises(WrongPasswordError):
            accounts.delete_account(visit.user, "wrong")
    with pytest.raises(TooManyAttemptsError):
        accounts.change_password(visit, PASSWORD, "another walrus bicycle")


def test_accounts_from_one_address_are_bounded(accounts, monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ADDRESS", 2)
    accounts.register("anna", PASSWORD, HERE)
    accounts.register("berta", PASSWORD, HERE)
    with pytest.raises(TooManyAttemptsError):
        accounts.register("carla", PASSWORD, HERE)


def test_throttle_slides(accounts_url, monkeypatch):
    now, limits = [1000.0], {"a": 2}
    monkeypatch.setattr(throttle.time, "time", lambda: now[0])
    slow = Throttle(Database(accounts_url))
    slow.admit(limits)
    now[0] += 100
    attempt = slow.admit(limits)
    with pytest.raises(TooManyAttemptsError) as refusal:
        slow.admit(limits)
    assert refusal.value.wait == throttle.WINDOW - 100
    slow.admit({"b": 1})
    now[0] += throttle.WINDOW - 99
    slow.admit(limits)
    with pytest.raises(TooManyAttemptsError):
        slow.admit(limits)
    slow.forgive(attempt, "a")
    slow.admit(limits)


def test_parallel_guesses_are_all_counted(accounts_url):
    servers = [Throttle(Database(accounts_url)) for _ in range(4)]

    def admit(number):
        try:
            return servers[number % 4].admit({"anna": 5})
        except TooManyAttemptsError:
            return None

    with ThreadPoolExecutor(20) as pool:
        assert sum(attempt is not None for attempt in pool.map(admit, range(40))) == 5


# --- the database


def test_steps_are_taken_once_and_in_order(accounts_url):
    steps = [*schema.STEPS, ("ALTER TABLE users ADD COLUMN language TEXT",), ("UPDATE users SET language = 'en'",)]
    Database(accounts_url)
    for _ in range(2):
        with Database(accounts_url).transaction() as connection:
            migrate(connection, schema.TABLE, steps)
            versions = connection.scalars(text("SELECT version FROM accounts_schema ORDER BY version")).all()
            assert versions == [1, 2, 3]
            connection.execute(text("SELECT language FROM users"))
            connection.execute(text("DELETE FROM accounts_schema WHERE version > 1"))
            connection.execute(text("ALTER TABLE users DROP COLUMN language"))


def test_a_step_that_fails_leaves_no_trace(accounts_url):
    steps = (*schema.STEPS, ("ALTER TABLE users ADD COLUMN language TEXT", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(DatabaseError), Database(accounts_url).transaction() as connection:
        migrate(connection, schema.TABLE, steps)
    with pytest.raises(DatabaseError), Database(accounts_url).transaction() as connection:
        connection.execute(text("SELECT language FROM users"))


def test_tables_of_a_later_version_are_left_alone(accounts_url):
    with Database(accounts_url).transaction() as connection:
        connection.execute(text("INSERT INTO accounts_schema VALUES (99)"))
    with pytest.raises(NewerSchemaError, match="version 99"):
        Database(accounts_url)


def test_servers_that_start_together_make_the_tables_once(accounts_url):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Database(accounts_url), range(8)))


@pytest.mark.parametrize("address", ["nonsense", "mysql://host/name", "sqlite+nope:///x.db"])
def test_an_address_that_names_no_database_is_refused(address):
    with pytest.raises((DatabaseUrlError, DatabaseError)) as refusal:
        Database(address)
    assert isinstance(refusal.value, StorageError)


def test_a_database_that_is_away_is_named_without_its_password():
    with pytest.raises(DatabaseError) as refusal:
        Database("postgresql://anna:s3cret@127.0.0.1:1/x")
    assert "s3cret" not in str(refusal.value)


def test_sqlite_is_private_and_safe(tmp_path):
    with Database(f"sqlite:///{tmp_path}/new/accounts.sqlite3").transaction() as connection:
        answers = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
        assert answers == ["wal", 1]
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert modes == {0o600}


def test_settings_choose_database_and_quota(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_HISTORY_MB", "7")
    assert service.open_accounts() is service.open_accounts()
    assert service.open_accounts().history.quota == 7_000_000
    assert (tmp_path / "accounts.sqlite3").exists()
    monkeypatch.setenv("HUESTORY_HISTORY_MB", "many")
    with pytest.raises(SettingError, match="'many'"):
        service.open_accounts()


def test_accounts_of_every_earlier_version_go_on(tmp_path):
    dumps = sorted((Path(__file__).parent / "versions").glob("*.sql"))
    assert [path.stem for path in dumps] == [f"schema_{number}" for number in range(1, len(schema.STEPS) + 1)]
    for path in dumps:
        with sqlite3.connect(tmp_path / f"{path.stem}.db") as database:
            database.executescript(path.read_text())
        accounts = Accounts(Database(sqlite_url(tmp_path / f"{path.stem}.db")), tmp_path, 10_000)
        assert accounts.sessions.find_token(accounts.sign_in("anna", PASSWORD, HERE).token).user.name == "Anna"


# --- a clock that was set back, and a database that was emptied


def test_attempts_from_before_the_clock_was_set_back_do_not_count_for_days(accounts_url, monkeypatch):
    now = [1e9]
    monkeypatch.setattr(throttle.time, "time", lambda: now[0])
    slow = Throttle(Database(accounts_url))
    for _ in range(2):
        slow.admit({"a": 2})
    now[0] -= 3 * 24 * 60 * 60
    slow.admit({"a": 2})
    slow.admit({"a": 2})
    now[0] -= 100  # as another server's clock may be behind
    with pytest.raises(TooManyAttemptsError) as refusal:
        slow.admit({"a": 2})
    assert refusal.value.wait <= throttle.WINDOW


def test_a_ticket_from_before_the_clock_was_set_back_is_not_good_for_days(accounts, monkeypatch):
    opened, now = accounts.register("anna", PASSWORD, HERE), time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now - 3600)
    assert accounts.sessions.redeem(opened.ticket) is None
    assert accounts.sessions.find_token(opened.token), "an hour ends no sign-in"
    monkeypatch.setattr(sessions.time, "time", lambda: now - 3 * 24 * 3600)
    assert accounts.sessions.find_token(opened.token) is None, "nor does one last for days longer"


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    service._open.cache_clear()
    database.open_database.cache_clear()
    yield tmp_path
    service._open.cache_clear()
    database.open_database.cache_clear()


def test_emptied_accounts_are_told_and_do_not_start_anew(data_folder):
    service.open_accounts().register("anna", PASSWORD, HERE)
    service._open.cache_clear()
    database.open_database.cache_clear()
    for path in data_folder.glob("accounts.sqlite3-*"):
        path.unlink()
    (data_folder / "accounts.sqlite3").write_bytes(b"")
    with pytest.raises(DatabaseError, match=r"is empty.*backup"):
        service.open_accounts()
    assert (data_folder / "accounts.sqlite3").read_bytes() == b""
    (data_folder / "accounts.sqlite3").unlink()
    assert service.open_accounts().register("anna", PASSWORD, HERE), "deleted on purpose, it begins anew"


def test_a_missing_database_beside_pictures_of_people_is_told(data_folder):
    (data_folder / "history" / "abc").mkdir(parents=True)
    with pytest.raises(DatabaseError, match=r"accounts\.sqlite3 is missing.*move that folder away"):
        service.open_accounts()
    assert not (data_folder / "accounts.sqlite3").exists()
