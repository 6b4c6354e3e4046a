"""Are results still as they were made, and does a bag hold what archives expect of one?"""

import json
import os

import bagit
import pytest

from colorizer import images
from colorizer.archive import manifest
from colorizer.cli import loading
from colorizer.cli.main import main
from tests.batches import FormulaColorizer, make_archive, photographs


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Four photographs in `in`, and the small model for all commands."""
    model = FormulaColorizer()
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: model)
    make_archive(tmp_path / "in", 4)
    return tmp_path


def run(*arguments) -> int:
    return main([str(a) for a in arguments])


def alter(path):
    data = path.read_bytes()
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])


def test_what_is_altered_or_missing_is_named(archive, capsys):
    out = archive / "out"
    assert run("batch", archive / "in", out) == 0
    assert run("verify", out) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 as they were made, 0 altered or missing."
    before = (out / manifest.NAME).read_bytes()
    alter(out / "000_colorized.jpg")
    (out / "box" / "001_colorized.png").unlink()
    assert run("verify", out) == 1
    said = capsys.readouterr()
    assert said.out == "2 as they were made, 2 altered or missing.\n"
    assert sorted(said.err.splitlines()) == [
        f"error: {out / '000_colorized.jpg'}: altered since it was made from 000.jpg",
        f"error: {out / 'box/001_colorized.png'}: missing: it was made from box/001.png",
    ]
    assert (out / manifest.NAME).read_bytes() == before
    assert run("batch", archive / "in", out, "--resume") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 coloured, 2 done before, 0 failed."
    assert run("verify", out) == 0


def test_a_manifest_of_an_early_version_is_checked_by_size_and_gone_on_with(archive, capsys):
    out = archive / "out"
    assert run("batch", archive / "in", out) == 0
    lines = [json.loads(line) for line in (out / manifest.NAME).read_text().splitlines()]
    for line in lines:
        for name in ("output_sha256", "page", "notices"):
            del line[name]
        del line["settings"]["keep_place"]
    (out / manifest.NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("batch", archive / "in", out, "--resume") == run("verify", out) == 0
    *_, resumed, verified = capsys.readouterr().out.splitlines()
    assert resumed == "0 coloured, 4 done before, 0 failed."
    assert verified == "4 as they were made, 4 of them known by size only, 0 altered or missing."
    os.truncate(out / "000_colorized.jpg", 100)
    assert run("verify", out) == 1


@pytest.mark.parametrize("content", [None, b"my notes\nof today"])
def test_a_folder_without_a_batch_cannot_be_verified(tmp_path, capsys, content):
    if content:
        (tmp_path / manifest.NAME).write_bytes(content)
    assert run("verify", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_a_torn_last_line_is_left_as_it_is(archive):
    out = archive / "out"
    assert run("batch", archive / "in", out) == 0
    torn = (out / manifest.NAME).read_bytes()[:-20]
    (out / manifest.NAME).write_bytes(torn)
    assert run("verify", out) == 0 and (out / manifest.NAME).read_bytes() == torn


def test_a_bag_is_one_and_can_be_gone_on_with(archive, capsys):
    out = archive / "out"
    (archive / "in" / "letter.pdf").write_bytes(b"%PDF")
    assert run("batch", archive / "in", out, "--bag") == 0
    assert bagit.Bag(str(out)).is_valid() and run("verify", out) == 0
    payload = {path for path in bagit.Bag(str(out)).payload_entries()}
    pictures = {str(path.relative_to(out)) for path in photographs(out)}
    assert payload == pictures | {"data/manifest.jsonl", "data/skipped.csv"} and len(pictures) == 4
    assert all(images.read(out / picture).is_color for picture in pictures)
    make_archive(archive / "in", 5)
    assert run("batch", archive / "in", out) == 2 and "add --bag" in capsys.readouterr().err
    assert run("batch", archive / "in", out, "--bag", "--resume") == 0
    assert "1 coloured, 4 done before" in capsys.readouterr().out
    assert bagit.Bag(str(out)).is_valid() and run("verify", out) == 0


def test_what_is_wrong_with_a_bag_is_named_once(archive, capsys):
    out = archive / "out"
    assert run("batch", archive / "in", out, "--bag") == 0
    alter(out / "data" / "000_colorized.jpg")
    (out / "data" / "notes.txt").write_text("mine")
    capsys.readouterr()
    assert run("verify", out) == 1
    said = capsys.readouterr().err
    assert said.count("000_colorized.jpg") == 1 and f"error: {out / 'data/notes.txt'}: added" in said


def test_an_earlier_batch_becomes_a_bag_and_other_files_do_not(archive, capsys):
    out = archive / "out"
    assert run("batch", archive / "in", out) == 0
    assert run("batch", archive / "in", out, "--bag", "--resume") == 0
    assert "0 coloured, 4 done before" in capsys.readouterr().out and bagit.Bag(str(out)).is_valid()
    (archive / "mine").mkdir()
    (archive / "mine" / "letter.txt").write_text("dear")
    assert run("batch", archive / "in", archive / "mine", "--bag") == 2
    assert os.listdir(archive / "mine") == ["letter.txt"]
    assert "holds other files: choose another folder" in capsys.readouterr().err
