"""A photograph before and after, to be shown around."""

import base64
import re

import numpy as np
import pytest
import skimage.data

from colorizer import images
from colorizer.gallery.comparison import export_pair, export_slider_page
from colorizer.imaging.caption import CAPTION
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE
from colorizer.imaging.preparation import Preparation
from colorizer.inference import album
from colorizer.inference.album import Look
from tests.files import encode
from tests.tiny import TinyColorizer

TALL = skimage.data.camera()[::2, ::4]


def developed(tiny: TinyColorizer, pixels=TALL, name="grandmother.png") -> album.Photograph:
    album.add(photographs := {}, "a", name, encode(pixels, "PNG"))
    album.develop(photographs["a"], tiny)
    return photographs["a"]


@pytest.mark.parametrize("pixels", [TALL, TALL.T])
def test_both_pictures_stand_side_by_side_or_a_wide_one_above_the_other(pixels):
    tiny = TinyColorizer()
    data = export_pair(developed(tiny, pixels), tiny, Look())
    rgb = images.read(data).pixels.astype(int)
    rgb = rgb if pixels is TALL else rgb.swapaxes(0, 1)
    assert rgb.shape == (256, 128 + 3 + 128, 3) and DIGITAL_SOURCE_TYPE.encode() in data
    before, line, after = rgb[:, :126], rgb[:, 129], rgb[:, -126:]
    assert np.ptp(before, axis=-1).mean() < 2 < np.ptp(after, axis=-1).mean() and line.mean() > 240


def test_both_ways_to_show_it_around_are_turned_and_cropped_as_it_is():
    tiny = TinyColorizer()
    photograph = developed(tiny)
    photograph = album.prepare_anew(photograph, Preparation(90, crop=(0, 0, 1, 0.5)))
    album.develop(photograph, tiny)
    pair, page = export_pair(photograph, tiny, Look()), export_slider_page(photograph, tiny, Look()).decode()
    before, after = (base64.b64decode(found) for found in re.findall(r"data:image/jpeg;base64,([\w+/=]+)", page))
    turned = np.rot90(TALL[:128], -1)
    for picture in (images.read(pair).pixels[:, :125], images.read(before).pixels[:, :125], images.read(after).pixels):
        shown = images.to_gray(picture)
        assert np.abs(shown.astype(int) - turned[:, : shown.shape[1]]).mean() < 6
    assert all(b"turned by 90 degrees clockwise" in data for data in (pair, after))


def test_the_page_with_the_slider_has_all_inside_and_says_what_it_is():
    tiny = TinyColorizer()
    page = export_slider_page(developed(tiny, name="a<i>.png"), tiny, Look()).decode()
    assert CAPTION in page and "a&lt;i&gt;.png" in page and "default-src &#39;none&#39;" in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    before, after = (base64.b64decode(found) for found in re.findall(r"data:image/jpeg;base64,([\w+/=]+)", page))
    assert DIGITAL_SOURCE_TYPE.encode() in after and DIGITAL_SOURCE_TYPE.encode() not in before
    assert not images.read(before).is_color and images.read(after).is_color
