import io
import zipfile
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorizer import images
from colorizer.color import lab
from colorizer.imaging.preparation import CropError, Preparation
from colorizer.inference import album, album_export
from colorizer.inference.album import Look, Photograph
from colorizer.inference.album_export import ArchiveFullError
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint
from colorizer.inference.hints.sidecar import OtherPhotographError
from tests.files import encode
from tests.tiny import TinyColorizer, UndecidedColorizer


@pytest.fixture
def tiny() -> TinyColorizer:
    return TinyColorizer(side=64)


GRAY = skimage.data.camera()[::2, ::2]
PNG = encode(GRAY, "PNG")


def developed(tiny: TinyColorizer, name: str = "camera.png", data: bytes = PNG) -> Photograph:
    photograph = Photograph(name, data)
    album.develop(photograph, tiny)
    assert photograph.refusal is None
    return photograph


def test_a_photograph_is_seen_by_each_model_once(tiny):
    photograph = developed(tiny)
    assert not photograph.awaits(tiny.name) and photograph.awaits("another")
    album.develop(photograph, tiny)
    assert tiny.runs == 1
    assert (photograph.height, photograph.width, photograph.format) == (256, 256, "PNG")


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "0 bytes"), (b"not a picture at all", "must be JPEG"), (PNG[:5000], "whole")]
)
def test_a_bad_file_is_refused_with_its_reason(tiny, data, reason):
    photograph = Photograph("bad.png", data)
    album.develop(photograph, tiny)
    assert reason in photograph.refusal
    assert photograph.data == b"" and not photograph.awaits(tiny.name)


def test_an_unforeseen_failure_is_refused_and_logged(tiny, monkeypatch, caplog):
    monkeypatch.setattr(tiny, "predict", lambda image: 1 / 0)
    photograph = Photograph("camera.png", PNG)
    album.develop(photograph, tiny)
    assert "went wrong" in photograph.refusal and "ZeroDivisionError" in caplog.text


def test_a_full_album_names_what_it_leaves_out(monkeypatch):
    monkeypatch.setattr(album, "MAX_PHOTOGRAPHS", 2)
    photographs = {}
    for key in "abcd":
        album.add(photographs, key, f"{key}.png", PNG)
    assert [photographs[key].refusal is None for key in "abcd"] == [True, True, False, False]
    assert "up to 2 photographs" in photographs["c"].refusal and photographs["c"].data == b""


def test_an_album_is_full_of_bytes_too(monkeypatch):
    monkeypatch.setattr(album, "MAX_BYTES", len(PNG) + 1)
    photographs = {}
    album.add(photographs, "a", "a.png", PNG)
    album.add(photographs, "b", "b.png", PNG)
    assert photographs["a"].refusal is None and "MB" in photographs["b"].refusal


def test_the_view_follows_the_look_without_the_network(tiny):
    photograph = developed(tiny)
    pale = album.render_view(photograph, tiny, Look(saturation=0.5))
    strong = album.render_view(photograph, tiny, Look(saturation=1.5))
    noted = album.render_view(photograph, tiny, Look(saturation=1.5, caption=True))
    chroma = [lab.chroma(lab.rgb_to_lab(rgb)[..., 1:]).mean() for rgb in (pale, strong)]
    assert chroma[0] < chroma[1]
    assert noted.shape == strong.shape and (noted != strong).any()
    assert tiny.runs == 1


def test_the_view_is_scaled_for_the_screen_and_the_export_is_not(tiny):
    wide = np.tile(GRAY, (1, 9))
    photograph = developed(tiny, "wide.png", encode(wide, "PNG"))
    assert album.render_view(photograph, tiny, Look()).shape == (114, 1024, 3)
    assert images.read(album_export.export_photograph(photograph, tiny, Look())).pixels.shape == (256, 2304, 3)


def test_a_long_strip_stays_high_enough_to_be_coloured(tiny):
    photograph = developed(tiny, "strip.png", encode(np.tile(GRAY[:16], (1, 20)), "PNG"))
    assert album.render_view(photograph, tiny, Look()).shape[0] == 16


def test_export_is_what_the_library_gives(tiny):
    photograph = developed(tiny)
    rgb = images.read(album_export.export_photograph(photograph, tiny, Look(saturation=1.5), "png")).pixels
    assert (rgb == tiny.colorize(GRAY, saturation=1.5)).all()


@pytest.mark.parametrize(
    ("uploaded", "chosen", "written"),
    [
        ("JPEG", None, "JPEG"),
        ("TIFF", None, "TIFF"),
        ("WEBP", None, "PNG"),
        ("BMP", None, "PNG"),
        ("PNG", "jpeg", "JPEG"),
    ],
)
def test_export_stays_with_the_format_of_the_upload_unless_told_otherwise(tiny, uploaded, chosen, written):
    photograph = developed(tiny, "photo", encode(GRAY, uploaded))
    assert Image.open(io.BytesIO(album_export.export_photograph(photograph, tiny, Look(), chosen))).format == written


def test_a_colour_photograph_keeps_its_original_for_comparison(tiny):
    colour = developed(tiny, "astronaut.png", encode(skimage.data.astronaut(), "PNG"))
    assert colour.original.shape == (512, 512, 3) and colour.gray.shape == (512, 512)
    assert developed(tiny).original is None


def test_a_photograph_can_be_shown_in_grey_before_the_network_runs(tiny):
    album.add(photographs := {}, "a", "a.png", encode(GRAY, "PNG"))
    seen = []

    def look() -> None:
        small = album.render_thumbnail(photographs["a"], tiny, Look(), 64)
        seen.append((tiny.runs, photographs["a"].width, small.ndim, max(small.shape)))

    album.develop(photographs["a"], tiny, look)
    assert seen == [(0, GRAY.shape[1], 2, 64)]
    assert album.render_thumbnail(photographs["a"], tiny, Look(), 64).shape[2] == 3


def test_a_close_look_shows_what_the_file_will_show(tiny):
    photograph = developed(tiny, "a.png")
    look = Look(saturation=1.5, caption=True)
    before, after, mark = album.render_large(photograph, tiny, look, 4096)
    assert (before == GRAY).all() and mark is not None
    assert (after == images.read(album_export.export_photograph(photograph, tiny, look, "png")).pixels).all()
    assert max(album.render_large(photograph, tiny, look, 100)[1].shape) == 100


def test_archive_gives_every_photograph_a_name_of_its_own_in_turn(tiny):
    photographs = [developed(tiny, "a.png"), developed(tiny, "a.jpg"), developed(tiny, "b.png")]
    turns = []

    @contextmanager
    def turn(photograph):
        turns.append(photograph.name)
        yield

    looks = [(photograph, Look(saturation=0.5 * n)) for n, photograph in enumerate(photographs, 1)]
    data = album_export.export_archive(looks, tiny, "jpeg", turn)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a_colorized.jpg", "a.jpg_colorized.jpg", "b_colorized.jpg"]
        for name, (photograph, look) in zip(archive.namelist(), looks, strict=True):
            assert archive.read(name) == album_export.export_photograph(photograph, tiny, look, "jpeg")
    assert turns == ["a.png", "a.jpg", "b.png"]
    assert data == album_export.export_archive(looks, tiny, "jpeg")


def test_an_archive_does_not_grow_beyond_its_limit(tiny, monkeypatch):
    photographs = [(developed(tiny), Look())]
    monkeypatch.setattr(album_export, "MAX_ARCHIVE_BYTES", 1000)
    with pytest.raises(ArchiveFullError, match="Choose JPEG"):
        album_export.export_archive(photographs, tiny, "png")


def mean_ab(rgb: np.ndarray) -> np.ndarray:
    return lab.rgb_to_lab(rgb)[..., 1:].mean(axis=(0, 1))


def test_the_version_chosen_is_shown_and_written():
    undecided = UndecidedColorizer()
    photograph = developed(undecided)
    assert len(album.render_variants(photograph, undecided, Look(), 100)) == 2
    first = mean_ab(album.render_view(photograph, undecided, Look()))
    photograph.version = 1
    second = mean_ab(album.render_view(photograph, undecided, Look()))
    exported = mean_ab(images.read(album_export.export_photograph(photograph, undecided, Look())).pixels)
    assert first[0] > 20 and second[1] < -20
    assert exported == pytest.approx(second, abs=1) and undecided.runs == 1


def test_a_version_that_another_model_does_not_have_falls_to_its_last(tiny):
    photograph = developed(tiny)
    before = album.render_view(photograph, tiny, Look())
    photograph.version = 2
    assert np.array_equal(album.render_view(photograph, tiny, Look()), before)


def test_uncertainty_is_a_picture_of_the_same_size(tiny):
    photograph = developed(tiny)
    assert album.render_uncertainty(photograph, tiny).shape == (*photograph.gray.shape, 3)


# --- hints


RED_HINT = Hint(40, 60, (16, 12))  # in the sky, which is too light for a stronger one


def test_hints_hold_for_the_view_the_versions_and_the_file(tiny):
    photograph = developed(tiny)
    before = album.render_view(photograph, tiny, Look())
    photograph.edits.change([RED_HINT])
    after = album.render_view(photograph, tiny, Look())
    assert album.color_at(photograph, after, 40, 60) == pytest.approx(RED_HINT.ab, abs=3)
    assert (before != after).any()
    small = album.render_variants(photograph, tiny, Look(), 64)[0]
    assert album.color_at(photograph, small, 40, 60) == pytest.approx(RED_HINT.ab, abs=6)
    file = images.read(album_export.export_photograph(photograph, tiny, Look())).pixels
    expected = tiny.render(GRAY, tiny.predict(GRAY).with_hints([RED_HINT]))
    assert (file == expected).all()


def test_hints_hold_for_every_version_and_model():
    model = UndecidedColorizer()
    photograph, other = developed(model), TinyColorizer("eccv16", side=64)
    photograph.edits.change([RED_HINT])
    album.develop(photograph, other)
    for version, colorizer in ((0, model), (1, model), (0, other)):
        photograph.version = version
        shown = album.render_view(photograph, colorizer, Look())
        assert album.color_at(photograph, shown, 40, 60) == pytest.approx(RED_HINT.ab, abs=3)


def test_hints_do_not_change_where_the_model_is_uncertain(tiny):
    photograph = developed(tiny)
    before = album.render_uncertainty(photograph, tiny)
    photograph.edits.change([RED_HINT])
    assert (album.render_uncertainty(photograph, tiny) == before).all()


def test_hints_come_back_from_their_file(tiny):
    photograph = developed(tiny)
    photograph.edits.change([RED_HINT, Hint(10, 20, (0, 0), radius=7)])
    sidecar, given = album.write_sidecar(photograph), photograph.edits.hints
    photograph.edits.change([])
    assert len(album.read_sidecar(photograph, sidecar).hints) == 2
    assert photograph.edits.hints == given
    assert album.write_sidecar(photograph) == sidecar
    photograph.edits.undo()
    assert photograph.edits.hints == ()


def test_hints_of_another_photograph_are_refused_and_none_is_lost(tiny):
    photograph, other = developed(tiny), developed(tiny, data=encode(GRAY[::-1], "PNG"))
    photograph.edits.change([RED_HINT])
    other.edits.change([Hint(1, 1, (0, 0))])
    with pytest.raises(OtherPhotographError):
        album.read_sidecar(photograph, album.write_sidecar(other))
    assert photograph.edits.hints == (RED_HINT,)


@pytest.mark.parametrize("place", [(0, 0), (255, 255), (255.9, 0)])
def test_lightness_and_colour_are_known_up_to_the_border(tiny, place):
    photograph = developed(tiny)
    assert 0 <= album.lightness_at(photograph, *place) <= 100
    assert len(album.color_at(photograph, album.render_view(photograph, tiny, Look()), *place)) == 2


def test_a_tiff_from_the_page_keeps_16_bits(tiny):
    deep = GRAY.astype(np.uint16) * 257
    stream = io.BytesIO()
    Image.fromarray(deep).save(stream, "PNG")
    photograph = album.Photograph("deep.png", stream.getvalue())
    album.develop(photograph, tiny)
    written = tifffile.imread(io.BytesIO(album_export.export_photograph(photograph, tiny, Look(), "tiff")))
    assert (
        written.dtype == np.uint16 and np.abs(lab.rgb_to_lightness(written) - lab.rgb_to_lightness(deep)).max() < 0.02
    )


def test_warmth_mood_and_reference_are_shown_and_exported_alike(tiny):
    photograph = developed(tiny)
    reference = tiny.reference(np.stack([GRAY // 3, GRAY // 2, GRAY], axis=-1))
    looks = [Look(), Look(warmth=0.5), Look(mood="kodachrome"), Look(reference=reference)]
    views = [album.render_view(photograph, tiny, look) for look in looks]
    assert all((views[0] != view).any() for view in views[1:])
    for view, look in zip(views, looks, strict=True):
        file = images.read(album_export.export_photograph(photograph, tiny, look)).pixels
        assert (file == album.render(images.to_gray(file), photograph, tiny, look)).mean() > 0.9
        assert view.shape == file.shape


PREPARATION = Preparation(90, crop=(0, 0.25, 0.5, 1), negative=True)


def prepared(tiny, preparation: Preparation = PREPARATION) -> Photograph:
    photograph = album.prepare_anew(developed(tiny), preparation)
    album.develop(photograph, tiny)
    return photograph


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff"])
def test_what_is_done_before_colouring_is_in_the_file_and_its_lightness_is_what_stays(tiny, format):
    photograph = prepared(tiny)
    data = album_export.export_photograph(photograph, tiny, Look(), format)
    rgb = images.read(data).pixels
    expected = np.rot90(255 - GRAY[64:, :128], -1)
    assert rgb.shape[:2] == expected.shape == photograph.prepared_size
    difference = np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(np.ascontiguousarray(expected)))
    assert difference.mean() < (1.5 if format == "jpeg" else 0.5)
    said = "cropped to 128 x 192 pixels around 64.0,160.0, turned by 90 degrees clockwise, inverted, being a negative"
    assert f"{said}; then coloured by software".encode() in data and b"source so prepared" in data
    assert photograph.data == PNG
    assert (photograph.gray == expected).all()


def test_a_photograph_awaits_the_network_again_only_when_what_is_done_before_changes(tiny):
    photograph = prepared(tiny)
    assert tiny.runs == 2 and (photograph.height, photograph.width) == (256, 256)
    assert album.prepare_anew(photograph, PREPARATION) is photograph
    with pytest.raises(CropError, match="at least 16 pixels"):
        album.prepare_anew(photograph, Preparation(crop=(0, 0, 0.01, 1)))
    again = album.prepare_anew(photograph, Preparation())
    # Another thread may still draw the photograph as it was.
    assert photograph.preparation == PREPARATION and not photograph.awaits(tiny.name) and again.awaits(tiny.name)
    album.develop(again, tiny)
    assert album_export.export_photograph(again, tiny, Look()) == album_export.export_photograph(
        developed(tiny), tiny, Look()
    )


def test_hints_stay_at_their_places_of_the_upright_photograph(tiny):
    photograph = prepared(tiny, Preparation(90, crop=(0, 0, 0.5, 0.75)))
    photograph.edits.change([Hint(10, 200, (0, 0)), Hint(30, 40, (15, 10))])  # the first is cropped away
    assert [(index, hint.x, hint.y) for index, hint in album.seen_hints(photograph)] == [(1, 151, 30)]
    rgb = album.render(np.rot90(GRAY[:192, :128], -1).copy(), photograph, tiny, Look())
    assert lab.rgb_to_lab(rgb[30, 151])[1:] == pytest.approx((15, 10), abs=4)
    view = album.render_view(photograph, tiny, Look())
    assert album.color_at(photograph, view, 151, 30) == pytest.approx((15, 10), abs=4)
    around = lab.rgb_to_lightness(GRAY[39:42, 29:32]).mean()
    assert album.lightness_at(photograph, 151, 30) == pytest.approx(around, abs=0.1)


def test_a_sidecar_brings_back_what_is_done_before_colouring(tiny):
    other = developed(tiny)
    edits = album.read_sidecar(other, album.write_sidecar(prepared(tiny)))
    assert (edits.preparation, edits.hints) == (PREPARATION, ())
    small = Preparation(crop=(0, 0, 0.01, 1))
    data = sidecar.write_edits(replace(edits, preparation=small, hints=(Hint(1, 1, (0, 0)),)))
    with pytest.raises(CropError, match="at least 16 pixels"):
        album.read_sidecar(other, data)
    assert other.edits.hints == ()
