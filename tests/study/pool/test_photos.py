import contextlib
import hashlib
import io
import json
import os
import random
import struct
import zipfile

import pytest

from study.pool import photos as photos_module
from study.pool.photos import ArchiveError, NoPhotosError, PhotoError, Photos
from study.pool.stimuli import load_pool
from tests.study.pool.pools import build
from tests.study_photos import files


def test_folders_are_walked_by_extension_in_any_case(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.JPG", "a.png", "sub/c.TiFf", "notes.txt", ".hidden.png", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    assert Photos.from_folder(tmp_path).names == ("a.png", "b.JPG", "sub/c.TiFf")


def test_a_folder_without_photographs(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NoPhotosError, match="holds none"):
            Photos.from_folder(folder)


def archive(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def test_a_pool_from_an_archive_is_that_from_the_folder(tmp_path):
    path = archive(tmp_path / "photos.zip", files(9) | {"__MACOSX/._IMG_000.png": b"x", "readme.txt": b"x"})
    photos = Photos.from_zip(path)
    assert photos.names == tuple(sorted(files(9)))
    assert {name: photos.read(name) for name in photos.names} == files(9)
    assert {p["sha256"] for p in build(tmp_path / "pool", photos).photos} == {
        hashlib.sha256(data).hexdigest() for data in files(9).values()
    }


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "..\\evil.png", "C:/evil.png"])
def test_names_that_lead_out_of_an_archive(tmp_path, name):
    with pytest.raises(ArchiveError, match="stay inside"):
        Photos.from_zip(archive(tmp_path / "evil.zip", {name: b"x", "good.png": b"x"}))


def test_an_archive_with_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(photos_module, "ZIP_MAX_FILES", 3)
    with pytest.raises(ArchiveError, match="has 4: split it"):
        Photos.from_zip(archive(tmp_path / "many.zip", {f"{n}.txt": b"" for n in range(4)}))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = archive(tmp_path / "bomb.zip", {"bomb.png": bytes(photos_module.ZIP_MAX_FILE_BYTES + 1)})
    assert bomb.stat().st_size < 200_000
    with pytest.raises(ArchiveError, match=r"bomb\.png"):
        Photos.from_zip(bomb)


def test_many_small_bombs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(photos_module, "ZIP_MAX_BYTES", 10_000)
    with pytest.raises(ArchiveError, match="may unpack to 10000 bytes"):
        Photos.from_zip(archive(tmp_path / "bombs.zip", {f"{n}.png": bytes(1001) for n in range(10)}))


def test_a_size_that_lies_gives_no_more_than_it_says(tmp_path):
    path = archive(tmp_path / "liar.zip", {"a.png": bytes(100_000)})
    data = path.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 100))
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged in the archive"):
        Photos.from_zip(path).read("a.png")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 torn", b"GIF89a"])
def test_a_file_that_is_no_archive(tmp_path, data):
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ArchiveError, match="whole and readable"):
        Photos.from_zip(tmp_path / "x.zip")


def test_an_encrypted_archive_is_refused(tmp_path):
    path = archive(tmp_path / "locked.zip", {"a.png": b"x"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="encrypted"):
        Photos.from_zip(path)


def test_one_damaged_member_refuses_that_photograph_only(tmp_path):
    members = files(9)
    path = archive(tmp_path / "photos.zip", members)
    data = bytearray(path.read_bytes())
    spot = data.index(b"holiday/IMG_004.png") + 200
    data[spot : spot + 50] = bytes(50)
    path.write_bytes(data)
    pool = build(tmp_path / "pool", Photos.from_zip(path))
    assert [(entry["name"], "damaged" in entry["reason"]) for entry in pool.refused] == [("holiday/IMG_004.png", True)]


def test_uploads_are_a_source_like_any_other():
    photos = Photos.from_files({"b.png": b"2", "a.png": b"1"})
    assert (photos.names, photos.read("a.png")) == (("a.png", "b.png"), b"1")


# --- damaged and odd archives and names


def packed(method=zipfile.ZIP_STORED, name="a.png"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        file.writestr(name, bytes(range(256)) * 8)
    return bytearray(stream.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_broken_member_of_any_kind_refuses_that_photograph_in_words(method):
    whole, rng = packed(method), random.Random(5)
    start, end = 30 + len("a.png"), whole.index(b"PK\x01\x02")
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(start, end)] = rng.randrange(256)
        photos = Photos.from_zip(io.BytesIO(data))
        with contextlib.suppress(PhotoError):
            photos.read("a.png")


def test_a_name_that_is_no_utf_8_although_it_says_so():
    data = packed(name="é.png")
    while (at := data.find("é".encode())) >= 0:
        data[at : at + 2] = b"\xff\xfe"
    with pytest.raises(ArchiveError, match="whole and readable"):
        Photos.from_zip(io.BytesIO(data))


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, 2**62])
def test_a_directory_beyond_all_files(size):
    data = packed()
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    zip64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, size, directory)
    locator = struct.pack("<IIQI", 0x07064B50, 0, end, 1)
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with pytest.raises(ArchiveError, match="whole and readable"):
        Photos.from_zip(io.BytesIO(bytes(data[:end]) + zip64 + locator + tail))


def test_an_offset_of_one_member_beyond_all_files():
    data = packed()
    at = data.index(b"PK\x01\x02")
    data[at + 42 : at + 46] = b"\xff" * 4
    data[at + 30 : at + 32] = struct.pack("<H", 12)
    name_end = at + 46 + len("a.png")
    data[name_end:name_end] = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    end = data.index(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", end - at)
    with pytest.raises((ArchiveError, PhotoError)):
        Photos.from_zip(io.BytesIO(data)).read("a.png")


def test_names_that_are_not_utf_8_are_read_as_windows_writes_them(tmp_path):
    for name in (b"Stra\xdfe.jpg", "Straße.jpg".encode(), b"\x81.jpg"):
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    photos = Photos.from_folder(tmp_path)
    assert photos.names == ("Straße.jpg", "Straße_2.jpg", "\ufffd.jpg")
    assert {photos.read(name) for name in photos.names[:2]} == {b"Stra\xdfe.jpg", "Straße.jpg".encode()}
    assert all(name.encode() for name in photos.names)


def test_a_pool_of_an_earlier_version_gives_names_that_can_be_shown(tmp_path):
    photos = files(9)
    pool = build(tmp_path, Photos.from_files({**photos, "Stra\udcdfe.jpg": b"no photograph"}))
    manifest = json.loads((tmp_path / "pool.json").read_text())
    manifest["photos"][0]["name"] = "M\udcfcller.png"
    (tmp_path / "pool.json").write_text(json.dumps(manifest))
    pool = load_pool(tmp_path)
    assert pool.photos[0]["name"] == "Müller.png" and [each["name"] for each in pool.refused] == ["Straße.jpg"]


def test_what_an_archive_would_unpack_to_is_known_before(tmp_path):
    path = archive(tmp_path / "photos.zip", {"a.png": bytes(100_000), "b.png": bytes(50_000), "notes.txt": bytes(9)})
    assert Photos.from_zip(path).size == 150_000
