"""What is taken from a folder, what is left alone, and what is named at the end."""

import csv
import os
import shutil
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.cli.photographs import find_photographs
from colorizer.imaging import photos
from tests.tiny import TinyColorizer

CAMERA = Image.fromarray(skimage.data.camera()[:40, :50])


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: TinyColorizer())
    folder = tmp_path / "scans"
    (folder / "box").mkdir(parents=True)
    CAMERA.save(folder / "a.jpg")
    return folder


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def jpeg(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    CAMERA.save(path, "JPEG")


def test_extensions_of_jpeg(scans, tmp_path):
    for name in ("b.JFIF", "c.jpe", "d.jpg_large", "e.MPO"):
        jpeg(scans / name)
    assert main(["colorize", str(scans), "--output", str(tmp_path / "out")]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == [f"{name}_colorized.jpg" for name in "abcde"]


@pytest.mark.parametrize(
    "name",
    [
        "._a.jpg", ".hidden.jpg", ".thumbnails/a.jpg", ".git/a.png", "box/@eaDir/a.jpg", "__MACOSX/a.jpg", "Thumbs.db",
        "box/desktop.ini",
    ],
)  # fmt: skip
def test_what_systems_put_among_photographs_is_left_alone(scans, name):
    jpeg(scans / name)
    found = find_photographs([scans], scans / "out")
    assert found.photographs == [scans / "a.jpg"] and found.others == {} and found.summary() == ""
    assert photos.list_photos(scans) == [scans / "a.jpg"]


def test_a_file_is_tried_that_is_named_however_it_is_called(scans, tmp_path):
    jpeg(scans / ".hidden" / "b.dat")
    assert main(["colorize", str(scans / ".hidden" / "b.dat"), "--output", str(tmp_path / "out")]) == 0


def fill(folder):
    put(folder / "box" / "letter.pdf", b"%PDF-1.7")
    put(folder / "book.PDF", b"%PDF-1.7")
    put(folder / "scan.jp2", b"\0\0\0\x0cjP  \r\n\x87\n")
    put(folder / "notes", b"no extension")
    put(folder / "raw.NEF", b"II*\0" + bytes(20))
    put(folder / "list.csv", b"file,title\n")
    jpeg(folder / "old")
    jpeg(folder / "photo.dat")


KINDS = {
    "box/letter.pdf": "PDF",
    "book.PDF": "PDF",
    "scan.jp2": "JPEG 2000",
    "notes": "no extension",
    "raw.NEF": "camera raw (.nef)",
    "list.csv": ".csv",
    "old": "JPEG without extension",
    "photo.dat": "JPEG that is called .dat",
}


def test_what_is_not_taken_is_counted_by_its_kind_at_the_end(scans, tmp_path, capsys):
    fill(scans)
    assert main(["colorize", str(scans), "--output", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    last = out.splitlines()[-1]
    assert last.startswith("Not taken: 8 files (2 PDF, 1 ") and err == ""
    assert all(f"1 {kind}" in last for kind in set(KINDS.values()) - {"PDF"})


def test_a_batch_writes_them_into_a_table_too(scans, tmp_path, capsys):
    fill(scans)
    output = tmp_path / "out"
    assert main(["batch", str(scans), str(output)]) == 0
    *_, line, last = capsys.readouterr().out.splitlines()
    assert line.startswith("Not taken: 8 files") and line.endswith(f"See {output / 'skipped.csv'}.")
    assert last == "1 coloured, 0 done before, 0 failed."
    with open(output / "skipped.csv", newline="", encoding="utf-8-sig") as file:
        header, *rows = csv.reader(file)
    assert header == ["file", "reason"] and dict(rows) == {name: f"not taken: {kind}" for name, kind in KINDS.items()}
    for name in KINDS:
        (scans / name).unlink()
    assert main(["batch", str(scans), str(output), "--resume"]) == 0
    assert not (output / "skipped.csv").exists()


def test_tables_of_a_batch_among_the_scans_are_not_named(scans, capsys):
    put(scans / "b.jpg", b"")
    put(scans / "notes.txt", b"hello")
    for _ in range(2):
        assert main(["batch", str(scans), str(scans), "--resume"]) == 1
        assert "Not taken: 1 file (1 .txt)." in capsys.readouterr().out


def test_a_folder_without_photographs_says_what_it_holds(scans, tmp_path, capsys):
    fill(scans)
    (scans / "a.jpg").unlink()
    assert main(["colorize", str(scans), "--output", str(tmp_path / "out")]) == 2
    assert f"No photographs found in {scans}. Not taken: 8 files" in capsys.readouterr().err


def test_the_walk_is_sorted_as_before(scans):
    for name in ("box/c.jpg", "b.jpg", "box.jpg", "box/A.JPG"):
        shutil.copy(scans / "a.jpg", scans / name)
    assert list(photos.walk(scans)) == sorted(path for path in scans.rglob("*") if path.is_file())
    assert photos.list_photos(Path(scans)) == list(photos.walk(scans))
