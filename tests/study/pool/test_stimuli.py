import hashlib
import io
import itertools
import json
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from study.pool import building as building_module
from study.pool.photos import Photos
from study.pool.stimuli import MissingPoolError, load_pool
from study.protocol import preset
from tests.study.pool.pools import build, pixels
from tests.study_photos import TINT, VIVID, files, photograph, png


def chunks(data):
    place, found = 8, []
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        found.append((kind.decode(), length))
        place += 12 + length
    return found


def test_every_photograph_has_all_its_versions(pool):
    models = Counter(stimulus.model for stimulus in pool.stimuli)
    assert models == {"": 12, "tinted": 11, "vivid": 11, "catch": 1}
    for photo in pool.photos_for("test") + pool.photos_for("practice"):
        assert {model for each, model in pool.by_photo if each == photo} == {"", "tinted", "vivid"}
    assert Counter(photo["role"] for photo in pool.photos) == {"practice": 2, "catch": 1, "test": 9}


def test_manifest_has_hashes_of_sources_pictures_models_and_version(pool):
    manifest = json.loads((pool.folder / "pool.json").read_text())
    assert manifest["app_version"] == "0.1.0"
    assert manifest["conditions"] == [
        {"name": "tinted", "source": "weights 123"},
        {"name": "vivid", "source": "weights 456"},
    ]
    originals = {hashlib.sha256(data).hexdigest() for data in files(12).values()}
    assert {photo["sha256"] for photo in manifest["photos"]} == originals
    for stimulus in pool.stimuli:
        assert hashlib.sha256(pool.picture(stimulus.id)).hexdigest() == stimulus.sha256
    assert load_pool(pool.folder) == pool


def test_all_files_have_one_length_one_time_and_chunks_of_the_same_lengths(pool):
    paths = sorted((pool.folder / "pictures").iterdir())
    assert len(paths) == len(pool.stimuli)
    (size,) = {path.stat().st_size for path in paths}
    assert len({path.stat().st_mtime_ns for path in paths}) == 1
    (found,) = {tuple(chunks(path.read_bytes())) for path in paths}
    assert found == (("IHDR", 13), ("IDAT", size - 57), ("IEND", 0)), "no chunk tells how well the pixels pack"
    lengths = {len(zlib.compress(path.read_bytes())) for path in paths}
    assert max(lengths) - min(lengths) < 0.02 * max(lengths)  # nor does a server that compresses give them away


def test_files_are_no_longer_than_with_a_padding_chunk(pool):
    def packed(stimulus):
        stream = io.BytesIO()
        Image.fromarray(pixels(pool, stimulus.id)).save(stream, "PNG")
        return len(stream.getvalue())

    before = -(-(max(map(packed, pool.stimuli)) + 12) // 1024) * 1024
    assert len(pool.picture(pool.stimuli[0].id)) <= before


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
    monkeypatch.setattr(building_module.secrets, "token_hex", lambda count: "5" * 2 * count)  # the same test every time
    pool = build(tmp_path, Photos.from_files(files(40)), protocol=preset("balanced"))
    listed = [pool.by_id[path.stem].is_real for path in sorted((tmp_path / "pictures").iterdir())]
    runs = 1 + sum(a != b for a, b in itertools.pairwise(listed))
    assert 25 < runs < 55  # of 80, half of them real: 41 expected, standard deviation 4.4
    names = [next(p["name"] for p in pool.photos if p["photo"] == pool.by_id[i].photo) for i in sorted(pool.by_id)]
    assert abs(np.corrcoef(np.arange(len(names)), np.argsort(np.argsort(names)))[0, 1]) < 0.45


def test_which_photographs_are_for_practice_is_a_matter_of_luck(tmp_path, monkeypatch):
    monkeypatch.setattr(building_module.secrets, "token_hex", lambda count: "5" * 2 * count)
    pool = build(tmp_path, Photos.from_files(files(40)), protocol=preset("balanced"))
    numbers = sorted(int(p["name"][-7:-4]) for p in pool.photos if p["role"] != "test")
    assert len(numbers) == 6
    assert numbers[-1] > 15


def test_the_longest_picture_is_padded_too(tmp_path, monkeypatch):
    monkeypatch.setattr(building_module, "PAD_STEP", 1)
    pool = build(tmp_path)
    assert len({tuple(chunks(pool.picture(stimulus.id))) for stimulus in pool.stimuli}) == 1


def test_a_damaged_manifest_is_named(tmp_path):
    (tmp_path / "pool.json").write_text('{"stimuli": []')
    with pytest.raises(MissingPoolError, match=r"pool\.json"):
        load_pool(tmp_path)
