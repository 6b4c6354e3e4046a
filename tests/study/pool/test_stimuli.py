import hashlib
import io
import itertools
import json
import os
import struct
import zipfile
import zlib
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from colorizer import images
from colorizer.color import lab
from study.files import BusyError, NotSavedError, locked
from study.pool import photos as photos_module
from study.pool import stimuli as stimuli_module
from study.pool.photos import ArchiveError, NoPhotosError, Photos
from study.pool.pictures import Condition, ConditionError, encode_png, folder_condition, pad_png
from study.pool.stimuli import (
    BuildCancelledError,
    MissingPoolError,
    PoolExistsError,
    build_pool,
    load_pool,
)
from study.protocol import TooFewPhotosError, preset
from tests.study_photos import (  # noqa: F401
    PIPELINE,
    SMALL,
    TINT,
    VIVID,
    files,
    no_waiting_for_the_disk,
    photograph,
    png,
    tint,
)


def build(folder, source=None, conditions=(TINT,), protocol=SMALL, **options):
    return build_pool(
        folder, source or Photos.from_files(files(12)), conditions, PIPELINE, protocol, "0.1.0", **options
    )


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    return build(tmp_path_factory.mktemp("pool"), conditions=(TINT, VIVID))


def pixels(pool, stimulus):
    return np.asarray(Image.open(io.BytesIO(pool.picture(stimulus))))


def chunks(data):
    place, found = 8, []
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        found.append(kind.decode())
        place += 12 + length
    return found


# === What a pool holds ===


def test_every_photograph_has_all_its_versions(pool):
    models = Counter(stimulus.model for stimulus in pool.stimuli)
    assert models == {"": 12, "tint": 11, "vivid": 11, "catch": 1}
    for photo in pool.photos_for("test") + pool.photos_for("practice"):
        assert {model for each, model in pool.by_photo if each == photo} == {"", "tint", "vivid"}
    assert Counter(photo["role"] for photo in pool.photos) == {"practice": 2, "catch": 1, "test": 9}


def test_manifest_has_hashes_of_sources_pictures_models_and_version(pool):
    manifest = json.loads((pool.folder / "pool.json").read_text())
    assert manifest["app_version"] == "0.1.0"
    assert manifest["conditions"] == [
        {"name": "tint", "source": "weights 123"},
        {"name": "vivid", "source": "weights 456"},
    ]
    originals = {hashlib.sha256(data).hexdigest() for data in files(12).values()}
    assert {photo["sha256"] for photo in manifest["photos"]} == originals
    for stimulus in pool.stimuli:
        assert hashlib.sha256(pool.picture(stimulus.id)).hexdigest() == stimulus.sha256
    assert load_pool(pool.folder) == pool


# === Nothing but colour tells real from recoloured ===


def test_lightness_of_all_versions_is_the_same(pool):
    for photo in {photo["photo"] for photo in pool.photos}:
        versions = {model: pixels(pool, pool.by_photo[each, model]) for each, model in pool.by_photo if each == photo}
        real = lab.rgb_to_lab(versions.pop(""))
        for rgb in versions.values():
            difference = np.abs(lab.rgb_to_lab(rgb)[..., 0] - real[..., 0])
            assert difference.mean() <= 0.3
            assert rgb.shape == real.shape


def test_lightness_is_the_same_even_if_the_version_changed_it(tmp_path):
    darker = Condition("dark", "", lambda photo, gray: tint(photo, gray // 3))
    pool = build(tmp_path, conditions=(darker,))
    for (photo, model), stimulus in pool.by_photo.items():
        if model == "dark":
            both = [lab.rgb_to_lab(pixels(pool, s))[..., 0] for s in (stimulus, pool.by_photo[photo, ""])]
            assert np.abs(both[0] - both[1]).mean() <= 0.3


def test_real_pictures_keep_their_colours_and_recoloured_ones_those_of_the_model(pool):
    by_name = {photo["name"]: photo["photo"] for photo in pool.photos}
    for number in range(12):
        photo = by_name[f"holiday/IMG_{number:03}.png"]
        original = photograph(number)
        assert np.abs(pixels(pool, pool.by_photo[photo, ""]).astype(int) - original).max() <= 1
        if (photo, "tint") in pool.by_photo:
            gray = images.to_gray(original)
            expected = lab.rgb_to_lab(tint("", gray))[..., 1:]
            found = lab.rgb_to_lab(pixels(pool, pool.by_photo[photo, "tint"]))[..., 1:]
            assert np.abs(found - expected).mean() < 0.5


def test_the_model_sees_grey_and_nothing_else(tmp_path):
    seen = []

    def spy(photo, gray):
        seen.append((photo, gray.dtype, gray.ndim))
        return tint(photo, gray)

    build(tmp_path, conditions=(Condition("spy", "", spy),))
    assert set(seen) == {(name, np.dtype(np.uint8), 2) for name in files(12)}


def test_all_files_have_one_length_one_time_and_the_same_chunks(pool):
    paths = sorted((pool.folder / "pictures").iterdir())
    assert len(paths) == len(pool.stimuli)
    assert len({path.stat().st_size for path in paths}) == 1
    assert len({path.stat().st_mtime_ns for path in paths}) == 1
    assert {tuple(c for c in chunks(path.read_bytes()) if c != "IDAT") for path in paths} == {("IHDR", "paDd", "IEND")}
    lengths = {len(zlib.compress(path.read_bytes())) for path in paths}
    assert max(lengths) - min(lengths) < 0.02 * max(lengths)  # nor does a server that compresses give them away


def test_headers_do_not_differ(pool):
    for photo in pool.photos_for("test"):
        heads = {pool.picture(s)[:33] for (each, _), s in pool.by_photo.items() if each == photo}
        assert len(heads) == 1
        for (each, _), stimulus in pool.by_photo.items():
            if each == photo:
                assert Image.open(io.BytesIO(pool.picture(stimulus))).info == {}


def test_metadata_of_the_source_does_not_get_through(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a secret place")
    source = {f"{n}.png": png(photograph(n), pnginfo=info, dpi=(300, 300)) for n in range(9)}
    pool = build(tmp_path, Photos.from_files(source))
    assert not any(b"secret" in pool.picture(stimulus.id) for stimulus in pool.stimuli)


def test_names_say_nothing(pool, tmp_path):
    again = build(tmp_path, conditions=(TINT, VIVID))
    ids = {stimulus.id for stimulus in pool.stimuli}
    assert all(len(each) == 17 and each[0] == "s" and set(each[1:]) <= set("0123456789abcdef") for each in ids)
    assert ids.isdisjoint(stimulus.id for stimulus in again.stimuli)  # not a hash that a visitor could work out
    secret = [path for path in pool.folder.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert secret == []


def test_order_of_the_files_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(stimuli_module.secrets, "token_hex", lambda count: "5" * 2 * count)  # the same test every time
    pool = build(tmp_path, Photos.from_files(files(40)), protocol=preset("balanced"))
    listed = [pool.by_id[path.stem].is_real for path in sorted((tmp_path / "pictures").iterdir())]
    runs = 1 + sum(a != b for a, b in itertools.pairwise(listed))
    assert 25 < runs < 55  # of 80, half of them real: 41 expected, standard deviation 4.4
    names = [next(p["name"] for p in pool.photos if p["photo"] == pool.by_id[i].photo) for i in sorted(pool.by_id)]
    assert abs(np.corrcoef(np.arange(len(names)), np.argsort(np.argsort(names)))[0, 1]) < 0.45


def test_which_photographs_are_for_practice_is_a_matter_of_luck(tmp_path, monkeypatch):
    monkeypatch.setattr(stimuli_module.secrets, "token_hex", lambda count: "5" * 2 * count)
    pool = build(tmp_path, Photos.from_files(files(40)), protocol=preset("balanced"))
    numbers = sorted(int(p["name"][-7:-4]) for p in pool.photos if p["role"] != "test")
    assert len(numbers) == 6
    assert numbers[-1] > 15


def test_the_longest_picture_is_padded_too(tmp_path, monkeypatch):
    monkeypatch.setattr(stimuli_module, "PAD_STEP", 1)
    pool = build(tmp_path)
    assert {"paDd" in chunks(pool.picture(stimulus.id)) for stimulus in pool.stimuli} == {True}


def test_a_catch_picture_is_absurd(pool):
    (stimulus,) = (s for s in pool.stimuli if s.model == "catch")
    real = lab.rgb_to_lab(pixels(pool, pool.by_photo[stimulus.photo, ""]))[..., 1:].reshape(-1, 2)
    absurd = lab.rgb_to_lab(pixels(pool, stimulus.id))[..., 1:].reshape(-1, 2)
    hues = [np.arctan2(ab[:, 1], ab[:, 0])[np.hypot(*real.T) > 15] for ab in (real, absurd)]
    turned = np.abs(np.angle(np.exp(1j * (hues[0] - hues[1]))))
    assert np.median(turned) > 2.8
    assert np.hypot(*absurd.T).mean() > 30


def test_large_photographs_are_reduced_and_small_ones_not_enlarged(tmp_path):
    source = files(6) | {f"big{n}.png": png(photograph(50 + n, 300, 200)) for n in range(6)}
    pool = build(tmp_path, Photos.from_files(source), size=150)
    assert {pixels(pool, s.id).shape for s in pool.stimuli} == {(72, 96, 3), (150, 100, 3)}


def test_padding_keeps_the_picture():
    data = encode_png(photograph(1))
    padded = pad_png(data, len(data) + 500, "s1")
    assert len(padded) == len(data) + 500
    assert padded == pad_png(data, len(data) + 500, "s1")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(padded))), photograph(1))
    assert len(pad_png(data, len(data) + 12, "s1")) == len(data) + 12
    with pytest.raises(ValueError, match="must be at least"):
        pad_png(data, len(data) + 11, "s1")


# === Refusals ===


def refused(folder, name, data):
    pool = build(folder, Photos.from_files(files(9) | {name: data}))
    assert len(pool.photos) == 9
    (entry,) = pool.refused
    assert entry["name"] == name
    return entry["reason"]


def sepia():
    gray = images.to_gray(photograph(3)).astype(float)
    return np.clip(np.stack([gray * 1.07, gray * 0.92, gray * 0.75], axis=-1), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(images.to_gray(photograph(3))), "grey photograph"),
        (png(np.repeat(images.to_gray(photograph(3))[..., None], 3, axis=-1)), "grey photograph"),
        (png(photograph(3, chroma=1.5)), "mean chroma 1.0, under 2"),
        (png(sepia()), "toned"),
        (b"not a picture at all", ""),
        (png(photograph(3))[:500], ""),
        (b"", ""),
        (png(photograph(3, 20, 200)), "at least 32 pixels"),
        (png(photograph(2)), "same as holiday/IMG_002.png"),
    ],
    ids=["grey", "grey as RGB", "nearly grey", "sepia", "no picture", "torn", "empty", "narrow", "twice"],
)
def test_what_cannot_be_shown_is_refused_by_name_with_a_reason(tmp_path, data, reason):
    assert reason in refused(tmp_path, "zzz/odd.png", data)


def test_strong_single_colours_are_colour(tmp_path):
    flat = np.full((64, 64, 3), (200, 30, 30), np.uint8)
    pool = build(tmp_path, Photos.from_files(files(9) | {"red.png": png(flat)}))
    assert pool.refused == ()


def test_too_few_usable_photographs(tmp_path):
    grey = png(images.to_gray(photograph(3)))
    with pytest.raises(TooFewPhotosError, match="Received 1") as caught:
        build(tmp_path, Photos.from_files(files(1) | {"grey.png": grey}))
    assert [entry["name"] for entry in caught.value.refused] == ["grey.png"]


@pytest.mark.parametrize("conditions", [(), (TINT, TINT)])
def test_conditions_need_names_of_their_own(tmp_path, conditions):
    with pytest.raises(ConditionError, match="name of its own"):
        build(tmp_path, conditions=conditions)


@pytest.mark.parametrize("name", ["", "catch", "real", "=cmd", "my model", "a,b"])
def test_names_that_a_condition_cannot_have(name):
    with pytest.raises(ConditionError, match="Received"):
        Condition(name, "", tint)


# === Pictures coloured elsewhere ===


@pytest.fixture
def elsewhere(tmp_path):
    """Coloured versions of the photographs of `files`, twice as large, as JPEG, in one flat folder."""
    folder = tmp_path / "deoldify"
    folder.mkdir()
    for name, data in files(9).items():
        rgb = tint("", images.to_gray(images.read(data).pixels))
        stem = name.split("/")[-1].removesuffix(".png")
        Image.fromarray(rgb).resize((192, 144)).save(folder / f"{stem}_colorized.JPG", quality=95)
    return folder


def test_pictures_coloured_elsewhere_are_matched_by_name(tmp_path, elsewhere):
    condition = folder_condition("deoldify", elsewhere, PIPELINE)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (TINT, condition))
    assert pool.refused == ()
    for photo in pool.photos_for("test"):
        ours, theirs = (lab.rgb_to_lab(pixels(pool, pool.by_photo[photo, m])) for m in ("tint", "deoldify"))
        assert np.abs(ours - theirs)[..., 0].mean() <= 0.3
        assert np.abs(ours - theirs)[..., 1:].mean() < 4


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder, path: path.unlink(), "there is none"),
        (lambda folder, path: (folder / "more").mkdir() or (folder / "more" / path.name).write_bytes(path.read_bytes()),
         "there are 2"),
        (lambda folder, path: Image.fromarray(photograph(4)).save(path), "shows something else"),
        (lambda folder, path: Image.open(path).resize((144, 192)).save(path), "same shape"),
        (lambda folder, path: path.write_bytes(b"torn"), ""),
    ],
    ids=["missing", "ambiguous", "another picture", "another shape", "unreadable"],
)  # fmt: skip
def test_a_photograph_without_a_fitting_version_is_left_out(tmp_path, elsewhere, spoil, reason):
    spoil(elsewhere, elsewhere / "IMG_003_colorized.JPG")
    condition = folder_condition("deoldify", elsewhere, PIPELINE)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (TINT, condition))
    (entry,) = pool.refused
    assert entry["name"] == "holiday/IMG_003.png"
    assert reason in entry["reason"]
    assert len(pool.photos) == 8


def test_a_version_that_stayed_grey_is_judged_all_the_same(tmp_path, elsewhere):
    path = elsewhere / "IMG_003_colorized.JPG"
    Image.open(path).convert("L").save(path)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (folder_condition("d", elsewhere, PIPELINE),))
    assert pool.refused == ()


# === Stopping and going on ===


def counting(calls):
    def recolor(photo, gray):
        calls.append(photo)
        return tint(photo, gray)

    return (Condition("tint", "weights 123", recolor),)


def test_a_cancelled_build_goes_on_where_it_stopped(tmp_path):
    calls, progress = [], []
    with pytest.raises(BuildCancelledError, match="5 of 12"):
        build(tmp_path, conditions=counting(calls), cancel=lambda: len(calls) == 5)
    with pytest.raises(MissingPoolError):
        load_pool(tmp_path)
    pool = build(tmp_path, conditions=counting(calls), progress=lambda *args: progress.append(args))
    assert sorted(calls) == sorted(files(12))  # each coloured once
    assert progress[0] == (1, 12, "holiday/IMG_000.png")
    assert progress[-1][:2] == (12, 12)
    assert len(pool.photos) == 12
    assert not (tmp_path / ".building").exists()


def test_a_build_killed_at_any_write_can_be_finished(tmp_path, monkeypatch):
    real = stimuli_module.write_file
    total = 0

    def counted(path, data):
        nonlocal total
        total += 1
        real(path, data)

    monkeypatch.setattr(stimuli_module, "write_file", counted)
    build(tmp_path / "whole", Photos.from_files(files(9)))
    for fatal in range(1, total + 1, 7):
        left = fatal

        def dying(path, data):
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            real(path, data)

        monkeypatch.setattr(stimuli_module, "write_file", dying)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / str(fatal), Photos.from_files(files(9)))
        monkeypatch.setattr(stimuli_module, "write_file", real)
        pool = build(tmp_path / str(fatal), Photos.from_files(files(9)))
        assert len(list((tmp_path / str(fatal) / "pictures").iterdir())) == len(pool.stimuli)
        assert all(hashlib.sha256(pool.picture(s.id)).hexdigest() == s.sha256 for s in pool.stimuli)


def test_a_changed_photograph_is_done_again(tmp_path):
    calls = []
    source = files(12)
    with pytest.raises(BuildCancelledError):
        build(tmp_path, Photos.from_files(source), counting(calls), cancel=lambda: len(calls) == 5)
    source["holiday/IMG_001.png"] = png(photograph(99))
    pool = build(tmp_path, Photos.from_files(source), counting(calls))
    assert calls.count("holiday/IMG_001.png") == 2
    (photo,) = (p for p in pool.photos if p["name"] == "holiday/IMG_001.png")
    assert photo["sha256"] == hashlib.sha256(source["holiday/IMG_001.png"]).hexdigest()


def test_a_finished_pool_is_given_back_and_never_changed(tmp_path):
    calls = []
    pool = build(tmp_path, conditions=counting(calls))
    before = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert build(tmp_path, conditions=counting(calls)) == pool
    assert len(calls) == 12
    for other in ({"conditions": (VIVID,)}, {"size": 200}, {"source": Photos.from_files(files(11))}):
        with pytest.raises(PoolExistsError, match="Choose another folder"):
            build(tmp_path, **other)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}


def test_an_unfinished_build_keeps_its_settings(tmp_path):
    with pytest.raises(BuildCancelledError):
        build(tmp_path, cancel=lambda: True)
    with pytest.raises(PoolExistsError, match="resumed with the settings"):
        build(tmp_path, conditions=(VIVID,))


def test_one_build_at_a_time(tmp_path):
    with locked(tmp_path / ".building"), pytest.raises(BusyError, match="Another is at work"):
        build(tmp_path)


def test_a_full_disk_stops_the_build_and_refuses_no_photograph(tmp_path, monkeypatch):
    real = os.fsync
    left = 20

    def full(descriptor):
        nonlocal left
        left -= 1
        if left <= 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotSavedError, match="No space left"):
        build(tmp_path)
    monkeypatch.undo()
    assert build(tmp_path).refused == ()


def test_a_damaged_manifest_is_named(tmp_path):
    (tmp_path / "pool.json").write_text('{"stimuli": []')
    with pytest.raises(MissingPoolError, match=r"pool\.json"):
        load_pool(tmp_path)


# === Folders and archives ===


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


def test_an_unreadable_file_is_refused_by_name(tmp_path):
    source = files(9)

    def read(name):
        if name == "holiday/IMG_002.png":
            raise PermissionError(13, "Permission denied")
        return source[name]

    pool = build(tmp_path, SimpleNamespace(names=tuple(sorted(source)), read=read))
    assert [entry["name"] for entry in pool.refused] == ["holiday/IMG_002.png"]
