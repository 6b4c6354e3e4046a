"""PNG files of one length whose structure is the same, too: header, one chunk of pixels, end.

How well the pixels pack differs between a picture and its recoloured version. A padding chunk of its own would show
that, because the chunk of pixels beside it keeps its own length. So the padding is inside the compressed stream:
blocks without any pixels (RFC 1951, section 3.2.7), whose Huffman codes are drawn at random. They are valid, every
decoder skips them, and a web server that compresses cannot shrink them.
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

PAD_OVERHEAD = 13
"""Smallest number of bytes that padding can add; any larger number is possible."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SYNC = b"\x00\x00\xff\xff"  # the end of an empty stored block: what follows begins with a byte
_LAST_BLOCK = b"\x03\x00"  # empty, with the fixed codes, and marked as the last one

# A block of noise gives 286 codes random lengths: 70 each of 7, 8 and 9 bits, 44 of 10, and 32 codes that are not used.
# Then 2^-length sums up to 1, as it must, and the bits that tell the lengths are nearly all chance.
_LENGTHS = np.repeat([7, 8, 9, 10, 0], [70, 70, 70, 44, 32])
_END_OF_BLOCK = 256
_HEADER = "".join(
    (
        "0" + "01",  # not the last block; own codes (two bits, the lower one first)
        "10111",  # HLIT: 286 codes for literals and lengths = 257 + 29
        "00000",  # HDIST: one code for distances
        "1010",  # HCLEN: lengths of 9 of the codes for lengths = 4 + 5
        "000000000" + "110" + "010" + "010" + "010" + "000" + "110",  # of 16, 17, 18, 0, 8, 7, 9, 6, 10: 3 2 2 2 - 3
    )
)
_CODES = {7: "00", 8: "01", 9: "10", 0: "110", 10: "111"}
_NO_DISTANCES = _CODES[0]
_FIXED_BLOCK = np.array([0, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.uint8)  # empty, with the fixed codes
_STORED_BLOCK = np.array([0, 0, 0], np.uint8)  # then up to the next byte, then `_SYNC`


def encode_png(rgb: np.ndarray) -> bytes:
    """uint8 sRGB `(H, W, 3)` as PNG without metadata. JPEG would change the L* of each version differently."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "PNG", compress_level=1)
    chunks = list(_chunks(stream.getvalue()))
    rows = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
    packed = packer.compress(rows) + packer.flush(zlib.Z_SYNC_FLUSH)
    return _join(chunks[0][1], packed + _LAST_BLOCK + struct.pack(">I", zlib.adler32(rows)))


def pad_png(png: bytes, length: int, seed: str) -> bytes:
    """The same picture in exactly `length` bytes. The same arguments give the same bytes.

    Args:
        png: made by `encode_png`; another PNG file is encoded anew.

    Raises:
        ValueError: `length` is below the length of `png` plus `PAD_OVERHEAD`.
    """
    png = reencode(png)
    room = length - len(png)
    if room < PAD_OVERHEAD:
        raise ValueError(f"length must be at least {len(png) + PAD_OVERHEAD} for this picture. Received {length}.")
    (_, head), (_, packed), _ = _chunks(png)
    end = len(packed) - 6  # before the last block and the checksum
    return _join(head, packed[:end] + noise_blocks(room, seed) + packed[end:])


def reencode(png: bytes) -> bytes:
    """The same picture as `encode_png` makes it: unchanged if it made this file."""
    chunks = list(_chunks(png))
    ours = [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    if ours and chunks[1][1][-10:-4] == _SYNC + _LAST_BLOCK:
        return png
    return encode_png(np.asarray(Image.open(io.BytesIO(png)).convert("RGB")))


def noise_blocks(size: int, seed: str) -> bytes:
    """Deflate blocks of exactly `size` bytes that hold no data, 5 to 7 or at least `PAD_OVERHEAD`."""
    bits, count = [], 0
    for number in range(size):  # more than enough: each block takes about 90 bytes
        if size * 8 - count < 900:
            break
        block = _noise_block(f"{seed} {number}")
        bits.append(block)
        count += block.size
    blocks = b""
    if bits:
        blocks = _to_bytes(np.concatenate([*bits, _STORED_BLOCK])) + _SYNC
    left = size - len(blocks)
    small = {0: "", 1: "1", 2: "2", 3: "12", 4: "3"}[left % 5]  # fixed blocks before a stored one: 6, 7, 13, 9 bytes
    for fixed in small:
        part = np.concatenate([_FIXED_BLOCK] * int(fixed) + [_STORED_BLOCK])
        blocks += _to_bytes(part) + _SYNC
    return blocks + (b"\x00" + _SYNC) * ((size - len(blocks)) // 5)


def _noise_block(seed: str) -> np.ndarray:
    """An empty block with random codes, as bits."""
    draw = np.frombuffer(hashlib.shake_256(seed.encode()).digest(4 * _LENGTHS.size), ">u4")
    lengths = _LENGTHS[np.argsort(draw, kind="stable")]
    if lengths[_END_OF_BLOCK] == 0:
        used = int(np.flatnonzero(lengths)[0])
        lengths[[used, _END_OF_BLOCK]] = lengths[[_END_OF_BLOCK, used]]
    told = "".join(_CODES[length] for length in lengths.tolist())
    return _bits(_HEADER + told + _NO_DISTANCES + _code_of(lengths, _END_OF_BLOCK))


def _code_of(lengths: np.ndarray, symbol: int) -> str:
    """The canonical Huffman code of a symbol (RFC 1951, section 3.2.2), first bit first."""
    own = int(lengths[symbol])
    shorter = sum(int((lengths == length).sum()) << (own - length) for length in range(1, own))
    return format(shorter + int((lengths[:symbol] == own).sum()), f"0{own}b")


def _bits(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8) - ord("0")


def _to_bytes(bits: np.ndarray) -> bytes:
    return np.packbits(bits, bitorder="little").tobytes()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        place += 12 + size


def _join(head: bytes, packed: bytes) -> bytes:
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    made = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return _SIGNATURE + b"".join(made)
