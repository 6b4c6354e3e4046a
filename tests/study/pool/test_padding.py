import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from study.pool.padding import PAD_OVERHEAD, encode_png, noise_blocks, pad_png, reencode
from tests.files import encode
from tests.study_photos import photograph

RGB = photograph(1, 24, 30)
PNG = encode_png(RGB)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("more", [*range(PAD_OVERHEAD, 40), 111, 112, 113, 114, 115, 126, 500, 3000])
def test_padding_keeps_the_picture_in_any_length(more):
    padded = pad_png(PNG, len(PNG) + more, "s1")
    assert len(padded) == len(PNG) + more
    assert np.array_equal(pixels(padded), RGB)
    (size,) = struct.unpack(">I", padded[33:37])
    decoder = zlib.decompressobj()
    decoder.decompress(padded[41 : 41 + size])
    assert decoder.eof and decoder.unused_data == b"", "one whole stream, as every decoder expects it"


def test_padding_is_the_same_for_the_same_seed_and_does_not_pack():
    assert noise_blocks(2000, "s1") == noise_blocks(2000, "s1") != noise_blocks(2000, "s2")
    assert len(zlib.compress(noise_blocks(20_000, "s1"), 9)) > 19_000


def test_no_room_is_an_error():
    with pytest.raises(ValueError, match="must be at least"):
        pad_png(PNG, len(PNG) + PAD_OVERHEAD - 1, "s1")


def test_picture_of_an_earlier_version_is_encoded_anew():
    other = encode(RGB, "PNG")
    assert other != PNG == reencode(PNG) == reencode(other)
    assert np.array_equal(pixels(pad_png(other, len(PNG) + 100, "s1")), RGB)
