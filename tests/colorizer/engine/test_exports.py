"""Exports of the networks give what Keras gives, are made once and mended when damaged, and need no TensorFlow."""

import os
import re
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
import skimage.data

from colorizer import images, models, weights
from colorizer.color import lab
from colorizer.engine import exports, runtime, through_keras
from colorizer.inference import decoding
from tests.conftest import ROOT

LIGHTNESS = lab.rgb_to_lightness(skimage.data.camera())
TWO_LAYER = "two_layer", weights.FOLDER / weights.FILES["two_layer"]


def small(height: int, width: int) -> np.ndarray:
    return lab.rgb_to_lightness(images.resize(skimage.data.camera(), (height, width)))[None, ..., None]


@pytest.fixture
def empty(monkeypatch, tmp_path):
    """An empty folder for exports."""
    monkeypatch.setenv("HUESTORY_EXPORTS", str(tmp_path / "exports"))
    return tmp_path / "exports"


@pytest.fixture
def conversions(monkeypatch):
    """Stands in for the conversion, which takes seconds: each job writes its model's name. The jobs are listed."""
    done = []

    def convert(jobs):
        for name, _, folder in jobs:
            (folder / "network.xml").write_text(name)
            (folder / "network.bin").write_bytes(bytes(1000))
            done.append(name)

    monkeypatch.setattr(exports, "_convert", convert)
    return done


@pytest.mark.slow  # makes the exports of all networks, if no other test did
def test_the_export_of_the_default_network_gives_the_colours_that_keras_gives(all_exports):
    wanted = models.DEFAULT_MODEL, weights.weights_path(models.DEFAULT_MODEL)
    [network] = exports.open_networks([wanted])
    keras_model = weights.create_model(*wanted)
    for shape in ((224, 224), (128, 384), (256, 192)):
        lightness = small(*shape)
        colors = [
            decoding.annealed_mean(logits, 0.6)
            for logits in (network.run(lightness), np.asarray(keras_model(lightness, training=False)))
        ]
        assert colors[0].shape == (1, shape[0] // 4, shape[1] // 4, 2)
        assert np.abs(colors[0] - colors[1]).mean() < 0.05


@pytest.mark.parametrize("name", ["upsampler", "koalarization", "nearest_palette", "two_layer"])
def test_exports_of_other_networks_give_what_keras_gives(name, all_exports):
    path = weights.upsampler_path() if name == weights.UPSAMPLER_NAME else weights.weights_path(name)
    [network], known = exports.open_networks([(name, path)]), through_keras(weights.create(name, path))
    assert (network.channels, network.extractor_side) == (known.channels, known.extractor_side)
    inputs = [small(96, 160)]
    if name == weights.UPSAMPLER_NAME:
        inputs.append(np.random.default_rng(0).uniform(-30, 30, (1, 24, 40, 2)).astype(np.float32))
    if known.extractor is not None:
        square = small(known.extractor_side, known.extractor_side)
        inputs.append(known.extractor(square))
        assert np.abs(network.extractor(square) - inputs[1]).mean() < 0.01
    assert np.abs(network.run(*inputs) - known.run(*inputs)).mean() < 0.05


def test_the_compiled_copy_gives_the_same_bits_and_is_done_without_elsewhere(all_exports, tmp_path):
    exports.make([TWO_LAYER])
    folder, elsewhere = exports.place(*TWO_LAYER), tmp_path / "moved"
    shutil.copytree(folder, elsewhere)
    [compiled] = elsewhere.glob("network.*.blob")
    compiled.rename(elsewhere / "network.01234567.blob")  # of another processor
    with_copy, without = (runtime.open_network(place).run(small(96, 160)) for place in (folder, elsewhere))
    assert np.array_equal(with_copy, without)


def test_what_colours_imports_neither_tensorflow_nor_keras_and_asks_no_network(colorizer, tmp_path):
    """OpenVINO would tell its maker of each start, and leave a number for this user in the home folder."""
    code = """
import socket, sys, time, numpy, colorizer

def refuse(*arguments, **options):
    print("asked the network", arguments)
    raise OSError

socket.getaddrinfo = socket.socket.connect = refuse
assert not {"scipy", "h5py", "PIL"} & set(sys.modules), "a command that colours nothing starts at once"
import pages.parts.network
colorizer.load_model().colorize(numpy.tile(numpy.arange(0, 200, 2, dtype=numpy.uint8), (80, 1)))
slow = ("tensorflow", "keras", "openvino_telemetry.main", "numba", "scipy.ndimage", "scipy.sparse")
print([name for name in slow if name in sys.modules])
time.sleep(1)  # what tells, tells from a thread
"""
    home = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=home)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_threads_that_begin_at_the_same_moment_do_not_wait_for_each_other_for_good():
    """Without the first call in `library`, most of these processes hung; any batch and any two visitors could."""
    code = """
import os, sys, threading
from colorizer.engine.library import import_openvino

openvino, together = import_openvino(), threading.Barrier(8)
sys.setswitchinterval(1e-6)

def begin():
    together.wait()
    openvino.Type.f32.to_dtype()

threads = [threading.Thread(target=begin, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(10)
os._exit(any(thread.is_alive() for thread in threads))
"""
    for _ in range(4):
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_openvino_is_imported_in_one_place():
    for room in ("app.py", "pages", "colorizer", "study", "accounts", "storage", "weights"):
        for path in (ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else [ROOT / room]:
            wanted = re.findall(r"^\s*(?:import|from) openvino", path.read_text(), re.MULTILINE)
            assert len(wanted) == (path.name == "library.py"), path


def test_an_export_is_named_after_its_weights_and_made_once(empty, conversions):
    assert exports.make([TWO_LAYER]) == ["two_layer"]
    assert exports.make([TWO_LAYER]) == []
    folder = exports.place(*TWO_LAYER)
    assert weights.sha256(TWO_LAYER[1])[:16] in folder.name and exports.is_made(*TWO_LAYER)
    assert sorted(path.name for path in folder.iterdir()) == ["facts.json", "network.bin", "network.xml"]
    assert [path for path in empty.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize("name", ["network.bin", "network.xml", "facts.json"])
@pytest.mark.parametrize("fault", ["cut", "altered", "missing"])
def test_a_damaged_export_is_told_of_and_made_again(empty, conversions, caplog, name, fault):
    exports.make([TWO_LAYER])
    path = exports.place(*TWO_LAYER) / name
    whole = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[:-1] if fault == "cut" else b"x" + whole[1:])
    assert exports.make([TWO_LAYER]) == ["two_layer"]
    assert path.read_bytes() == whole and "is damaged" in caplog.text and name in caplog.text


def test_those_who_need_an_export_at_once_make_it_once(empty, conversions):
    start, made = threading.Barrier(4), []

    def ask():
        start.wait()
        made.append(exports.make([TWO_LAYER]))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert conversions == ["two_layer"] and sorted(made) == [[], [], [], ["two_layer"]]


def test_a_conversion_that_fails_leaves_nothing_and_keras_takes_over_with_a_note(empty, monkeypatch, caplog):
    def convert(jobs):
        (jobs[0][2] / "network.xml").write_text("half")
        raise exports.ExportError("no such operation")

    monkeypatch.setattr(exports, "_convert", convert)
    [network] = exports.open_networks([TWO_LAYER])
    assert network.run(small(32, 48)).shape == (1, 32, 48, 2)
    assert "Keras" in caplog.text and "no such operation" in caplog.text
    assert [path.name for path in empty.iterdir() if path.is_dir()] == []


def test_weights_that_cannot_be_loaded_are_refused_as_ever(empty, tmp_path):
    path = tmp_path / "two_layer.weights.h5"
    path.write_bytes(TWO_LAYER[1].read_bytes()[:5000])
    with pytest.raises(weights.CorruptWeightsError, match="must hold"):
        exports.open_networks([("two_layer", path)])


def test_exports_of_older_weights_are_deleted_after_a_month_unopened(empty, conversions, tmp_path, monkeypatch):
    older = tmp_path / "older.weights.h5"
    older.write_bytes(TWO_LAYER[1].read_bytes() + b"x")
    exports.make([("two_layer", older)])
    exports.make([TWO_LAYER])
    assert exports.is_made("two_layer", older)
    monkeypatch.setattr(exports, "UNUSED_DAYS", -1)
    exports.place(*TWO_LAYER).joinpath("network.bin").unlink()
    exports.make([TWO_LAYER])
    assert exports.is_made(*TWO_LAYER) and not exports.is_made("two_layer", older)
