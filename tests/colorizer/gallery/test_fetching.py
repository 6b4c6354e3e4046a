import errno
import io
import os

import pytest

from colorizer.gallery import fetching
from colorizer.gallery.fetching import (
    FetchStoppedError,
    NotFoundError,
    OtherHostError,
    UnreachableError,
    WrongContentError,
    fetch,
)
from tests.galleries import jpeg
from tests.web_server import web_server


@pytest.fixture
def web():
    with web_server() as web:
        yield web


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def get(web, tmp_path, waits):
    """Fetch `/0.jpg` into an empty folder."""

    def get(path: str = "/0.jpg", **options):
        fetch(web.address + path, tmp_path / "photo.jpg", wait=waits.append, **options)

    return get


def left(tmp_path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


def test_photograph_arrives_whole_by_one_request_that_says_who_asks(web, get, tmp_path):
    get()
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]
    assert left(tmp_path) == ["photo.jpg"]
    assert web.headers("range") == [None] and web.headers("user-agent")[0].startswith("Huestory/")


def test_photograph_that_is_there_is_not_asked_for(web, get):
    get()
    get()
    assert len(web.asked) == 1


def test_damaged_file_of_that_name_is_fetched_anew(web, get, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(web.files["/0.jpg"][:500])
    get()
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


def test_interrupted_download_goes_on_where_it_broke_off(web, get, tmp_path, waits):
    web.breaks_off_after = [1000, 500]
    get()
    assert web.headers("range") == [None, "bytes=1000-", "bytes=1500-"]
    assert web.headers("if-range")[1:] == ['"one"', '"one"']
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]
    assert waits == [1.0, 2.0]


def test_stopped_download_goes_on_at_the_next_call(web, get, tmp_path):
    web.breaks_off_after = [1000]
    with pytest.raises(FetchStoppedError):
        get(stopped=lambda: len(web.asked) > 0 and (tmp_path / "photo.jpg.part").stat().st_size == 1000)
    assert left(tmp_path) == ["photo.jpg.part", "photo.jpg.part.version"]
    get()
    assert web.headers("range")[-1] == "bytes=1000-" and left(tmp_path) == ["photo.jpg"]


@pytest.mark.parametrize("change", ["other version", "no range", "no version"])
def test_what_cannot_be_continued_begins_again(web, get, tmp_path, change):
    (tmp_path / "photo.jpg.part").write_bytes(web.files["/0.jpg"][:700])
    (tmp_path / "photo.jpg.part.version").write_text('"zero"' if change == "other version" else '"one"')
    web.understands_range = change != "no range"
    web.version = "" if change == "no version" else web.version
    get()
    assert web.headers("range") == ["bytes=700-"]
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


@pytest.mark.parametrize("mark", ["none", "weak", "changed this second"])
def test_what_no_mark_tells_from_another_version_begins_again(web, get, tmp_path, mark):
    web.version = 'W/"one"' if mark == "weak" else ""
    web.modified_seconds_ago = {"none": None, "weak": 3600, "changed this second": 0}[mark]
    web.breaks_off_after = [1000]
    web.files["/0.jpg"] = jpeg(7)

    def change(seconds):
        web.files["/0.jpg"] = jpeg(8)

    fetch(f"{web.address}/0.jpg", tmp_path / "photo.jpg", wait=change)
    assert web.headers("range") == [None, None]
    assert (tmp_path / "photo.jpg").read_bytes() == jpeg(8)


def test_download_without_an_etag_goes_on_if_the_date_of_the_file_is_the_same(web, get, tmp_path):
    web.version, web.modified_seconds_ago = "", 3600
    web.breaks_off_after = [1000]
    get()
    date = web.modified()
    assert web.headers("range") == [None, "bytes=1000-"] and web.headers("if-range") == [None, date]
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


def test_mark_of_an_older_version_does_not_outlive_it(web, get, tmp_path):
    (tmp_path / "photo.jpg.part").write_bytes(b"x" * 700)
    (tmp_path / "photo.jpg.part.version").write_text('"zero"')
    web.version = ""
    web.breaks_off_after = [1000]
    get()
    assert web.headers("if-range") == ['"zero"', None]
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


def test_server_that_sends_the_rest_of_another_version_is_not_believed(web, get, tmp_path):
    (tmp_path / "photo.jpg.part").write_bytes(b"x" * 700)
    (tmp_path / "photo.jpg.part.version").write_text('"zero"')
    web.understands_if_range = False
    get()
    assert web.headers("range") == ["bytes=700-", None]
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


def test_rest_longer_than_the_file_begins_again(web, get, tmp_path):
    (tmp_path / "photo.jpg.part").write_bytes(b"x" * 100_000)
    (tmp_path / "photo.jpg.part.version").write_text(web.version)
    get()
    assert web.headers("range") == ["bytes=100000-", None]
    assert (tmp_path / "photo.jpg").read_bytes() == web.files["/0.jpg"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"<html>Please sign in</html>", "text/html", "The server sent text/html"),
        (b"<html>Please sign in</html>", "image/jpeg", "no photograph that can be read.*holds none of these"),
        (b"", "image/jpeg", "0 bytes"),
        (jpeg()[:2000], "image/jpeg", "breaks off"),
        (b"%PDF-1.4", "application/octet-stream", "Received PDF"),
        (b"GIF89a", "application/json", "application/json"),
    ],
)
def test_wrong_content_is_refused_and_leaves_nothing(web, get, tmp_path, content, kind, words):
    web.files["/0.jpg"], web.kind = content, kind
    with pytest.raises(WrongContentError, match=f"(?s){words}"):
        get()
    assert left(tmp_path) == [] and len(web.asked) == 1


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_is_refused_before_or_while_it_comes(web, get, tmp_path, monkeypatch, announced):
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    if not announced:
        monkeypatch.setattr(fetching, "_announced", lambda headers: None)
    with pytest.raises(WrongContentError, match="may have 0 MB"):
        get()
    assert left(tmp_path) == []


def test_what_is_not_there_is_not_asked_for_again(web, get):
    with pytest.raises(NotFoundError, match="404"):
        get("/none.jpg")
    assert len(web.asked) == 1


def test_server_that_is_busy_is_given_the_time_it_asks_for(web, get, waits):
    web.refusals = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "9999"}), (500, {})]
    get()
    assert waits == [7.0, fetching.LONGEST_WAIT, 4.0]


def test_server_that_stays_busy_is_given_up(web, get, waits):
    web.refusals = [(503, {})] * 9
    with pytest.raises(UnreachableError, match=r"tried 4 times.*503"):
        get()
    assert len(web.asked) == fetching.TRIES and waits == [1.0, 2.0, 4.0]


def test_nobody_there(tmp_path, waits):
    with pytest.raises(UnreachableError, match="connection failed"):
        fetch("http://127.0.0.1:9/0.jpg", tmp_path / "photo.jpg", wait=waits.append)


def test_only_the_host_that_was_announced_is_asked(web, get):
    web.refusals = [(302, {"Location": "http://other.example.org/0.jpg"})]
    with pytest.raises(OtherHostError, match=r"sends us on to http://other\.example\.org"):
        get()
    web.refusals = [(302, {"Location": "/1.jpg"})]
    get()
    assert [path for path, _ in web.asked] == ["/0.jpg", "/0.jpg", "/1.jpg"]


def test_full_disk_is_not_taken_for_a_lost_connection_and_what_has_come_is_kept(web, get, tmp_path, waits, monkeypatch):
    monkeypatch.setattr(fetching, "_CHUNK", 1000)

    class Disk(io.FileIO):
        def write(self, data):
            if self.tell() >= 2000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    monkeypatch.setattr(fetching, "open", lambda path, mode: Disk(path, mode), raising=False)
    with pytest.raises(OSError, match="No space left on device"):
        get()
    assert not waits and len(web.asked) == 1
    monkeypatch.undo()
    get()
    assert web.headers("range") == [None, "bytes=2000-"]


def test_folder_that_is_not_there_is_not_taken_for_a_lost_connection(web, tmp_path, waits):
    with pytest.raises(OSError, match="No such file"):
        fetch(f"{web.address}/0.jpg", tmp_path / "none" / "photo.jpg", wait=waits.append)
    assert not waits
