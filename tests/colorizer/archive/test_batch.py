import csv
import errno
import os
import shutil
import time
from collections import Counter
from functools import partial

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorizer import images
from colorizer.archive import manifest, task
from colorizer.archive.batch import UnfinishedError, plan, run
from colorizer.archive.local import run_local
from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.imaging import reading
from tests.batches import FormulaColorizer, batch, make_archive, photographs


@pytest.fixture(scope="module")
def model():
    return FormulaColorizer()


@pytest.fixture
def archive(tmp_path):
    """Six photographs in three folders, to be coloured from `in` to `out`."""
    make_archive(tmp_path / "in", 6)
    return tmp_path


def colorize(folder, model, paths=None, resume=False, workers=2, **settings):
    """Carry out a batch; returns what became of each photograph, by its name."""
    job = batch(folder, **settings)
    engine = partial(run_local, colorizer=model, workers=workers)
    return {entry.key: entry for entry in run(job, paths or photographs(folder / "in"), engine, resume)}


def statuses(entries):
    return Counter(entry.status for entry in entries.values())


def failures(folder):
    with open(folder / "out" / manifest.FAILURES, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_a_tree_becomes_the_same_tree_in_colour(archive, model):
    assert statuses(colorize(archive, model)) == {"done": 6}
    expected = ["000_colorized.jpg", "003_colorized.png", "box/001_colorized.png", "box/004_colorized.jpg"]
    expected += ["box/album/002_colorized.jpg", "box/album/005_colorized.png"]
    assert [path.relative_to(archive / "out").as_posix() for path in photographs(archive / "out")] == expected
    assert images.read(archive / "out/box/album/005_colorized.png").is_color
    assert not (archive / "out" / manifest.FAILURES).exists()


def test_the_bytes_are_those_of_the_plain_command(tmp_path, colorizer, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: colorizer)
    scans = tmp_path / "scans"
    (scans / "b").mkdir(parents=True)
    Image.fromarray(skimage.data.camera()[:300, :200]).save(scans / "camera.jpg")
    Image.fromarray(skimage.data.coffee()[:90, :200]).save(scans / "b" / "coffee.TIF")
    look = ["--saturation", "1.3", "--caption"]
    assert main(["batch", str(scans), str(tmp_path / "all"), "--workers", "3", *look]) == 0
    assert main(["colorize", str(scans), "--output", str(tmp_path / "plain"), *look]) == 0
    for name, there in (("camera_colorized.jpg", ""), ("coffee_colorized.png", "b")):
        assert (tmp_path / "all" / there / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_a_second_run_skips_what_is_done_and_runs_no_network(archive, model):
    colorize(archive, model)
    runs, before = model.runs, (archive / "out" / manifest.NAME).read_bytes()
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 6}
    assert model.runs == runs and (archive / "out" / manifest.NAME).read_bytes() == before


@pytest.mark.parametrize("change", ["input", "output", "cut", "altered"])
def test_a_second_run_does_again_what_no_longer_fits(archive, model, change):
    first = colorize(archive, model)
    output = archive / "out" / "000_colorized.jpg"
    if change == "input":
        Image.new("L", (40, 40), 90).save(archive / "in" / "000.jpg")
    elif change == "output":
        output.unlink()
    elif change == "altered":
        data = output.read_bytes()
        output.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    else:
        os.truncate(output, 100)
    second = colorize(archive, model, resume=True)
    assert statuses(second) == {"done": 1, "skipped": 5} and second["000.jpg"].status == "done"
    assert second["000.jpg"].output == first["000.jpg"].output and images.read(output).is_color


def test_with_other_settings_all_is_done_again(archive, model):
    colorize(archive, model)
    assert statuses(colorize(archive, model, resume=True, saturation=0.5)) == {"done": 6}
    assert statuses(colorize(archive, model, resume=True, saturation=0.5, weights_sha256="1" * 64)) == {"done": 6}
    assert statuses(colorize(archive, model, resume=True, saturation=0.5, weights_sha256="1" * 64)) == {"skipped": 6}


def test_failures_are_named_until_they_are_mended(archive, model):
    good = (archive / "in" / "000.jpg").read_bytes()
    (archive / "in" / "000.jpg").write_bytes(good[:500])
    (archive / "in" / "=1+1.png").write_bytes(b"")
    assert statuses(colorize(archive, model)) == {"done": 5, "failed": 2}
    header, *rows = failures(archive)
    assert header == ["file", "reason"]
    assert {name: reason.partition(".")[0] for name, reason in rows} == {
        "000.jpg": "A picture must be whole and readable",
        "'=1+1.png": "A photograph must hold data",
    }
    (archive / "in" / "000.jpg").write_bytes(good)
    (archive / "in" / "=1+1.png").unlink()
    assert statuses(colorize(archive, model, resume=True)) == {"done": 1, "skipped": 5}
    assert not (archive / "out" / manifest.FAILURES).exists()


def test_whatever_goes_wrong_with_one_photograph_the_others_are_done(archive, model, monkeypatch):
    def refuse(pixels, prediction, saturation, depth, keep_colors):
        if pixels.shape == (20, 20):
            raise MemoryError("no room")
        return FormulaColorizer.render(model, pixels, prediction)

    monkeypatch.setattr(model, "render", refuse)
    Image.new("L", (20, 20)).save(archive / "in" / "000.jpg")
    entries = colorize(archive, model)
    assert statuses(entries) == {"done": 5, "failed": 1}
    assert "MemoryError: no room" in entries["000.jpg"].reason


@pytest.mark.parametrize("name", [b"caf\xe9.png", "Straße 1\nrückwärts.png".encode(), b"=cmd|'x'!A1.png", b"a\\b.png"])
def test_any_name_that_a_file_can_have(tmp_path, model, name):
    (tmp_path / "in").mkdir()
    path = os.fsencode(tmp_path / "in") + b"/" + name
    try:
        Image.new("L", (40, 40), 90).save(tmp_path / "one.png")
        shutil.move(tmp_path / "one.png", path)
    except OSError:
        pytest.skip("this file system does not take the name")
    assert statuses(colorize(tmp_path, model)) == {"done": 1}
    assert statuses(colorize(tmp_path, model, resume=True)) == {"skipped": 1}
    os.truncate(path, 30)
    assert statuses(colorize(tmp_path, model, resume=True)) == {"failed": 1}
    assert len(failures(tmp_path)) == 2


def test_names_are_the_same_in_whatever_order_the_work_ends(tmp_path, model):
    make_archive(tmp_path / "in", 1)
    for name in ("a.jpg", "a.png", "A.JPG", "a.png.jpg"):
        shutil.copy(tmp_path / "in" / "000.jpg", tmp_path / "in" / name)
    (tmp_path / "in" / "000.jpg").unlink()
    paths, job = photographs(tmp_path / "in"), batch(tmp_path, format="jpeg")
    paths = sorted([*paths, tmp_path / "in" / "A.JPG"])
    names = {task.input: task.output for task in plan(job, paths, {})}
    assert len({output.casefold() for output in names.values()}) == 4
    for done in paths:
        entry = manifest.Entry(done.name, "", job.settings, names[done.name], 1, manifest.DONE)
        assert {t.input: t.output for t in plan(job, paths, {done.name: entry})} == names


def test_a_photograph_that_joins_later_takes_no_name_away(tmp_path, model):
    make_archive(tmp_path / "in", 2)
    shutil.copy(tmp_path / "in" / "000.jpg", tmp_path / "in" / "b.png")
    assert colorize(tmp_path, model, format="png")["b.png"].output == "b_colorized.png"
    shutil.copy(tmp_path / "in" / "000.jpg", tmp_path / "in" / "b.jpg")
    entries = colorize(tmp_path, model, resume=True, format="png")
    assert entries["b.png"].status == "skipped" and entries["b.jpg"].output == "b.jpg_colorized.png"


@pytest.mark.parametrize("resume", [False, True])
def test_a_file_that_no_batch_has_made_is_not_replaced(archive, model, resume):
    foreign = archive / "out" / "box" / "001_colorized.png"
    if resume:
        colorize(archive, model, photographs(archive / "in")[:1])
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"coloured by hand")
    entries = colorize(archive, model, resume=resume)
    assert statuses(entries) == {"done": 5, "failed": 1, **({"done": 4, "skipped": 1} if resume else {})}
    assert "box/001_colorized.png is there already" in entries["box/001.png"].reason
    assert foreign.read_bytes() == b"coloured by hand"
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 5, "failed": 1}
    foreign.unlink()
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 5, "done": 1}


def test_what_a_killed_run_has_written_but_not_recorded_is_taken_for_its_own(archive, model):
    colorize(archive, model)
    result = archive / "out" / "000_colorized.jpg"
    before = result.read_bytes()
    path = archive / "out" / manifest.NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"000.jpg"' not in line))
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 5, "done": 1}
    assert result.read_bytes() == before


def test_a_result_whose_photograph_failed_meanwhile_is_still_the_batchs_own(archive, model):
    colorize(archive, model)
    photograph = archive / "in" / "000.jpg"
    photograph.write_bytes(b"")
    assert colorize(archive, model, resume=True)["000.jpg"].status == "failed"
    Image.new("L", (40, 40), 90).save(photograph)
    assert colorize(archive, model, resume=True)["000.jpg"].status == "done"


def test_an_earlier_batch_is_gone_on_with_only_when_asked(archive, model):
    colorize(archive, model, photographs(archive / "in")[:1])
    with pytest.raises(UnfinishedError, match=r"earlier batch of 1 .* --resume"):
        colorize(archive, model)
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 1, "done": 5}


def test_two_batches_at_once_into_one_folder_are_refused(archive, model):
    batch(archive)
    with manifest.open_manifest(archive / "out"), pytest.raises(manifest.BusyError, match="One batch at a time"):
        colorize(archive, model)
    assert statuses(colorize(archive, model)) == {"done": 6}


def test_a_torn_last_line_costs_one_repetition(archive, model):
    colorize(archive, model)
    path = archive / "out" / manifest.NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 5, "done": 1}
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_file_that_is_no_manifest_is_left_alone(archive, model):
    batch(archive)
    (archive / "out" / manifest.NAME).write_text("my notes\nof today")
    with pytest.raises(manifest.ForeignManifestError, match="my notes"):
        colorize(archive, model, resume=True)
    assert (archive / "out" / manifest.NAME).read_text() == "my notes\nof today"


def test_a_batch_left_early_ends_what_is_in_work_and_leaves_no_half_file(archive, model):
    job = batch(archive)
    (job.target / ".huestory-0.part").touch()  # of a run that was killed
    entries = run(job, photographs(job.source), partial(run_local, colorizer=model, workers=2))
    next(entries)
    entries.close()
    assert 1 <= len(photographs(job.target)) < 6 and not list(job.target.rglob("*.part"))
    assert all(images.read(path).is_color for path in photographs(job.target))
    assert statuses(colorize(archive, model, resume=True)).total() == 6
    assert len(photographs(job.target)) == 6


def test_no_more_photographs_are_in_work_than_workers(archive, model, monkeypatch):
    now, most = [], []

    def read(path, **options):
        now.append(path)
        most.append(len(now))
        time.sleep(0.02)
        now.remove(path)
        return real(path, **options)

    real = images.read
    monkeypatch.setattr(reading, "read", read)
    colorize(archive, model, workers=3)
    assert max(most) == 3


def test_a_full_disk_stops_the_batch_at_once(archive, model, monkeypatch):
    written = []

    def write_file(path, data):
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        real(path, data)

    real = images.write_file
    monkeypatch.setattr(task, "write_file", write_file)
    with pytest.raises(manifest.NotWrittenError, match="No space left on device"):
        colorize(archive, model, workers=1)
    monkeypatch.setattr(task, "write_file", real)
    assert statuses(colorize(archive, model, resume=True)) == {"skipped": 2, "done": 4}


def test_a_folder_that_a_file_stands_in_for_is_a_failure_of_its_photographs(archive, model):
    batch(archive)
    (archive / "out" / "box").touch()
    assert statuses(colorize(archive, model)) == {"done": 2, "failed": 4}


@pytest.fixture
def album(tmp_path):
    """Three pages of 16 bits in one TIFF."""
    (tmp_path / "in").mkdir()
    gray = skimage.data.camera()[:40, :50].astype(np.uint16) * 257
    with tifffile.TiffWriter(tmp_path / "in" / "album.tif") as writer:
        for page in range(3):
            writer.write(gray + page, photometric="minisblack", metadata=None)
    return tmp_path


def test_each_page_of_a_tiff_is_a_result_of_its_own_and_what_it_lacks_is_recorded(album, model):
    assert list(colorize_pages(album, model).values()) == ["done"] * 3
    with manifest.open_manifest(album / "out") as record:
        assert record.entries.keys() == {f"album.tif (page {page})" for page in (1, 2, 3)}
        assert all("16 bits became 8" in entry.notices[0] for entry in record.entries.values())
    (album / "out" / "album_p002_colorized.png").unlink()
    assert list(colorize_pages(album, model, resume=True).values()) == ["skipped", "done", "skipped"]


def test_pages_of_a_tiff_stay_together_in_a_tiff(album, model):
    [entry] = colorize(album, model, [album / "in" / "album.tif"], format="tiff").values()
    assert entry.output == "album_colorized.tif" and entry.notices == ()
    pages = tifffile.TiffFile(album / "out" / entry.output).pages
    assert [str(page.dtype) for page in pages] == ["uint16"] * 3


def colorize_pages(folder, model, resume=False):
    """What became of each page, in order."""
    engine = partial(run_local, colorizer=model, workers=2)
    found = {entry.page: entry.status for entry in run(batch(folder), [folder / "in" / "album.tif"], engine, resume)}
    return dict(sorted(found.items()))


@pytest.fixture
def command(monkeypatch, model):
    """The command line, with the small model."""
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: model)
    return lambda *arguments: main(["batch", *map(str, arguments)])


@pytest.mark.parametrize("value", ["0", "many", "-1", "1.5"])
def test_a_wrong_number_of_workers_is_named(value, archive, command, monkeypatch, capsys):
    monkeypatch.setenv("HUESTORY_WORKERS", value)
    assert command(archive / "in", archive / "out") == 2
    assert f"error: HUESTORY_WORKERS must be a whole number above 0. Received '{value}'" in capsys.readouterr().err
    monkeypatch.setenv("HUESTORY_WORKERS", "3")
    assert command(archive / "in", archive / "out") == 0


def test_the_command_says_what_it_did_and_what_failed(archive, command, capsys):
    (archive / "in" / "box" / "001.png").write_bytes(b"no picture")
    assert command(archive / "in", archive / "out") == 1
    out, err = capsys.readouterr()
    *lines, last = out.splitlines()
    assert last == "5 coloured, 0 done before, 1 failed."
    assert sorted(line.split(": ")[1] for line in lines)[0] == "000.jpg -> 000_colorized.jpg"
    assert err.startswith(f"error: {archive / 'in/box/001.png'}: A photograph must be JPEG")
    assert err.endswith(f"See {archive / 'out' / manifest.FAILURES}.\n")
    (archive / "in" / "box" / "001.png").unlink()
    assert command(archive / "in", archive / "out", "--resume") == 0
    assert capsys.readouterr() == ("0 coloured, 5 done before, 0 failed.\n", "")


def test_a_folder_that_may_not_be_looked_into_is_a_failure(archive, command, monkeypatch):
    closed = archive / "in" / "closed"
    closed.mkdir()
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and real(path, mode))  # root may look anywhere
    assert command(archive / "in", archive / "out") == 1
    assert [name for name, _ in failures(archive)] == ["file", "closed"]


@pytest.mark.parametrize("output", ["in", "in/coloured"])
def test_results_among_the_scans_are_not_coloured_again(archive, command, capsys, output):
    for _ in range(2):
        assert command(archive / "in", archive / output, "--resume") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 coloured, 6 done before, 0 failed."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "out"], "INPUT_DIR must be a folder"),
        (["empty", "out"], "No photographs found"),
        (["in", "one.jpg"], "must be a folder"),
        (["in", "out"], "Add --resume"),
        (["in", "out", "--workers", "0"], "at least 1"),
        (["in", "out", "--model", "nobody"], "resnet50_unet"),
        (["in", "out", "--engine", "spark"], "spark"),
    ],
)
def test_wrong_usage(archive, command, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(archive)
    (archive / "empty").mkdir()
    (archive / "one.jpg").touch()
    if arguments == ["in", "out"]:
        command("in", "out")
    try:
        status = command(*arguments)
    except SystemExit as stop:
        status = stop.code
    assert status == 2 and message in capsys.readouterr().err
