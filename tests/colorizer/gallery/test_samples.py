import hashlib
import re

import pytest

from colorizer import DEFAULT_MODEL, images
from colorizer.cli.main import main
from colorizer.gallery import historical, samples
from colorizer.gallery.captions import Caption, read_captions, write_captions
from colorizer.gallery.catalogue import create_gallery
from colorizer.gallery.fetching import FetchStoppedError, UnreachableError
from colorizer.gallery.historical import Item
from colorizer.weights import read_facts, weights_path
from tests.web_server import web_server


@pytest.mark.parametrize("sample", samples.list_samples(), ids=lambda sample: sample.name)
def test_every_sample_is_a_photograph_of_the_kind_it_says(sample):
    photo = images.read(samples.read_sample(sample.name))
    assert photo.is_color == sample.is_color and min(photo.height, photo.width) >= 300
    assert sample.title and sample.caption.licence and sample.caption.credit


def test_unknown_sample_lists_the_known_ones():
    with pytest.raises(samples.UnknownSampleError, match=r"fiesta.*camera.*Received 'mona'"):
        samples.read_sample("mona")


def test_historical_photographs_come_with_title_photographer_year_link_and_rights():
    historical = samples.list_historical()
    assert 4 <= len(historical) <= 8
    for sample in historical:
        caption = sample.caption
        assert caption.title and caption.photographer and re.search(r"19[34]\d", caption.year)
        assert re.search(r"Library of Congress.*, LC-(USF3[34]|USW3|DIG-fsa)-\w+$", caption.credit)
        assert caption.licence.startswith("Public domain") and caption.url.startswith("https://www.loc.gov/")
    assert sum(path.stat().st_size for path in samples.FOLDER.iterdir()) <= 1_500_000


def test_coloured_copy_of_the_first_photograph_is_what_the_default_model_makes():
    before, after = samples.read_first()
    facts = read_facts(weights_path(DEFAULT_MODEL))
    assert f"weights SHA-256 {facts.sha256}".encode() in after, samples.__doc__
    gray, colored = (images.read(data) for data in (before, after))
    assert not gray.is_color and colored.is_color and colored.pixels.shape[:2] == gray.pixels.shape[:2]
    assert hashlib.sha256(before).hexdigest().encode() in after, "the mark says from which file it was made"


# --- historical photographs


@pytest.fixture
def web():
    with web_server() as web:
        yield web


@pytest.fixture
def items(web) -> list[Item]:
    return [Item(f"loc_{n}.jpg", Caption(f"Photograph {n}", "1936"), f"{web.address}/{n}.jpg") for n in range(3)]


def no_wait(seconds: float) -> None:
    pass


def test_the_list_names_public_domain_photographs_with_links_and_credits():
    items = historical.list_items()
    assert len(items) >= 20 and len({item.file for item in items}) == len(items)
    for item in items:
        assert item.caption.title and item.caption.year and "Library of Congress" in item.caption.credit
        assert item.caption.licence.startswith("Public domain")
        assert item.caption.url.startswith("https://www.loc.gov/") and item.picture.startswith("https://tile.loc.gov/")
        assert re.fullmatch(r"[\w-]+\.jpg", item.file)


def test_the_plan_says_how_many_from_where_and_how_large(tmp_path):
    plan = historical.plan(tmp_path)
    assert str(plan) == f"{len(historical.list_items())} photographs from tile.loc.gov, about 5 MB together."


def test_photographs_come_with_a_table_that_opens_as_a_gallery(web, items, tmp_path, monkeypatch):
    assert historical.download(tmp_path, items, wait=no_wait) == {}
    assert [path for path, _ in web.asked] == ["/0.jpg", "/1.jpg", "/2.jpg"]
    names = sorted(path.name for path in tmp_path.glob("*.jpg"))
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path / "data"))
    table = (tmp_path / "captions.csv").read_bytes()
    gallery, _ = create_gallery("x", "resnet50_unet", names, lambda name: (tmp_path / name).read_bytes(), table)
    assert [caption.title for caption in gallery.captions().values()] == [f"Photograph {n}" for n in range(3)]
    assert str(historical.plan(tmp_path, items)) == "All photographs are there already."


def test_what_cannot_be_had_is_named_and_the_others_come(web, items, tmp_path):
    del web.files["/1.jpg"]
    refused = historical.download(tmp_path, items, wait=no_wait)
    assert list(refused) == ["loc_1.jpg"] and "404" in refused["loc_1.jpg"]
    assert list(read_captions((tmp_path / "captions.csv").read_bytes())) == ["loc_0.jpg", "loc_2.jpg"]


def test_download_can_be_stopped_and_goes_on(web, items, tmp_path):
    with pytest.raises(FetchStoppedError):
        historical.download(tmp_path, items, stopped=lambda: len(web.asked) >= 2, wait=no_wait)
    historical.download(tmp_path, items, wait=no_wait)
    assert len(list(tmp_path.glob("*.jpg"))) == 3 and not list(tmp_path.glob("*.part*"))


def test_one_at_a_time_with_a_pause(items, tmp_path):
    pauses = []
    historical.download(tmp_path, items, wait=pauses.append)
    assert pauses == [historical.PAUSE] * 3


def test_server_that_does_not_answer_is_left_alone(items, tmp_path, monkeypatch):
    asked = []

    def nobody(url, path, stopped, wait):
        asked.append(url)
        raise UnreachableError("no answer")

    monkeypatch.setattr(historical, "fetch", nobody)
    refused = historical.download(tmp_path, items, wait=no_wait)
    assert len(asked) == historical.GIVE_UP and len(refused) == 3
    assert "not tried" in refused["loc_2.jpg"]


def test_edited_captions_are_not_overwritten(items, tmp_path):
    historical.download(tmp_path, items[:2], wait=no_wait)
    table = read_captions((tmp_path / "captions.csv").read_bytes()) | {"loc_0.jpg": Caption("Corrected")}
    (tmp_path / "captions.csv").write_bytes(write_captions(table))
    historical.download(tmp_path, items, wait=no_wait)
    titles = [caption.title for caption in read_captions((tmp_path / "captions.csv").read_bytes()).values()]
    assert titles == ["Corrected", "Photograph 1", "Photograph 2"]


def test_command_says_what_it_fetches_then_fetches_it(items, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(historical, "list_items", lambda: items)
    monkeypatch.setattr(historical, "PAUSE", 0)
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    assert main(["samples", "download", "historical"]) == 0
    folder = tmp_path / "downloads" / "historical"
    said = capsys.readouterr().out
    assert said.index("3 photographs from 127.0.0.1") < said.index("loc_0.jpg") and str(folder) in said
    assert len(list(folder.glob("*.jpg"))) == 3 and (folder / "captions.csv").exists()


def test_command_names_what_was_refused(web, items, tmp_path, monkeypatch, capsys):
    web.kind = "text/html"
    monkeypatch.setattr(historical, "list_items", lambda: items[:1])
    monkeypatch.setattr(historical, "PAUSE", 0)
    assert main(["samples", "download", "historical", "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: loc_0.jpg: a photograph must come as an image")


def test_command_asks_on_a_terminal(web, items, tmp_path, monkeypatch):
    monkeypatch.setattr(historical, "list_items", lambda: items)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert main(["samples", "download", "historical", "--output", str(tmp_path)]) == 0
    assert not web.asked
