"""Read films: what a file holds, and its frames one after another, upright and with their times.

FFmpeg does it, through PyAV, whose wheels bring it along. Only the containers of `FORMATS` are opened, and only files:
a playlist that names other files or addresses is refused.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.stream import Disposition
from av.video.reformatter import Interpolation

from colorizer.film.errors import (
    BrokenFilmError,
    FilmSizeError,
    NoVideoError,
    OneFrameError,
    TooLongError,
    TrimError,
    UnknownCodecError,
)
from colorizer.imaging import limits

EXTENSIONS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
"""The demuxers of FFmpeg that may be used."""

MAX_SIDE = 4096
"""Longest side of a film, in pixels: what H.264 decoders everywhere can show."""

NEUTRAL = 3
"""Largest distance of 8-bit chroma from its middle, 128, that still counts as grey."""

_JUST = 1e-4  # seconds by which a time may be rounded

_PROBED = 1 << 20  # bytes at both ends of a file that tell it from others

_LOOK = 12  # frames that `probe` decodes


@dataclass(frozen=True)
class Film:
    """What is known of a film without decoding all of it.

    Args:
        path: the file.
        height, width: of an upright frame, in pixels, both even: an odd side is cropped by one pixel.
        duration: in seconds; None where the file does not say it.
        frames: how many there are, or about; None where the file does not say it.
        time_base: unit of the times of frames, in seconds.
        rate: frames a second, on average.
        codec: name of the video's codec, such as h264.
        bits: of a sample.
        rotation: of the stored frames against upright ones, in degrees counter-clockwise: 0, 90, 180 or 270.
        interlaced: whether frames consist of two fields.
        cropped: whether a side was odd.
        pixel_aspect: width over height of a pixel.
    """

    path: Path
    height: int
    width: int
    duration: float | None
    frames: int | None
    time_base: Fraction
    rate: Fraction
    codec: str
    bits: int = 8
    rotation: int = 0
    interlaced: bool = False
    cropped: bool = False
    pixel_aspect: Fraction = Fraction(1)

    @property
    def notes(self) -> list[str]:
        """What is done to the picture besides colouring, a sentence each."""
        notes = []
        if self.interlaced:
            notes.append("It is interlaced: its fields are joined to whole frames (deinterlaced).")
        if self.bits > 8:
            notes.append(f"Its {self.bits} bits become 8.")
        if self.cropped:
            notes.append("H.264 needs even sides: one row or column of pixels at the edge is cropped.")
        return notes

    def expected_frames(self, part: "Part") -> int | None:
        """About how many frames a part has; None where that is unknown."""
        whole = self.frames or (self.duration and round(self.duration * self.rate))
        if not whole:
            return None if part.end is None else round(float(self.rate) * (part.end - part.start))
        length = whole / float(self.rate)
        end = length if part.end is None else min(part.end, length)
        return max(1, round((end - part.start) * float(self.rate)))


@dataclass(frozen=True)
class Part:
    """A part of a film, in seconds from its first frame; `end` None means the end of the film."""

    start: float = 0.0
    end: float | None = None

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.end is None


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    Args:
        index: its number in the part, from 0.
        pts: when it is shown, in units of the film's time base, as in the file.
        duration: how long, in the same unit.
        picture: as FFmpeg decoded it.
        film: where it comes from.
        time: when it is shown, in seconds from the beginning of the film.
    """

    index: int
    pts: int
    duration: int
    picture: av.VideoFrame
    film: Film
    time: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.film.height, self.film.width

    def gray(self, shape: tuple[int, int]) -> np.ndarray:
        """A small grey copy: uint8 of this shape."""
        return self._upright("gray", shape)

    def pixels(self) -> np.ndarray:
        """The frame at full size: uint8, `(H, W)` of a grey one, else `(H, W, 3)`."""
        return self._upright("gray" if _is_gray(self.picture) else "rgb24", None)

    def _upright(self, format: str, shape: tuple[int, int] | None) -> np.ndarray:
        turns = self.film.rotation // 90
        if shape is None:
            pixels = self.picture.reformat(format=format, threads=1).to_ndarray()
        else:
            height, width = shape if turns % 2 == 0 else shape[::-1]
            small = self.picture.reformat(width, height, format, interpolation=Interpolation.AREA, threads=1)
            pixels = small.to_ndarray()
        pixels = np.rot90(pixels, turns)
        return np.ascontiguousarray(pixels[: self.film.height, : self.film.width] if shape is None else pixels)


def probe(path: Path) -> Film:
    """Look at a film.

    Raises:
        OSError: the file cannot be read.
        BrokenFilmError, NoVideoError, UnknownCodecError, OneFrameError, FilmSizeError
    """
    with open_film(path) as container:
        stream = video_stream(container, path)
        pictures = []
        for picture in _decoded(container, stream, path):
            pictures.append(picture)
            if len(pictures) == _LOOK:
                break
        if not pictures:
            raise BrokenFilmError(f"A film must have frames that can be decoded. {path.name} has none: it is damaged.")
        if len(pictures) == 1:
            raise OneFrameError(f"A film must have two frames or more. {path.name} has one: colour it as a photograph.")
        return _describe(path, container, stream, pictures)


def check_length(film: Film, most: float) -> None:
    """Make sure that a film is not longer than `most` seconds.

    Raises:
        TooLongError: it is, or nobody knows.
    """
    if film.duration is None or film.duration > most:
        received = "of unknown length" if film.duration is None else f"{film.duration / 60:.1f} minutes long"
        raise TooLongError(too_long(most, received))


def too_long(most: float, received: str) -> str:
    """What is said of a film that is longer than `most` seconds; `received` says how long it is."""
    return (
        f"A film may be {most / 60:g} minutes long here. This one is {received}: cut it, or colour it with "
        "`python -m colorizer film`, which takes any length."
    )


def read_frames(film: Film, part: Part = Part()) -> Iterator[Frame]:
    """The frames of a part, in order. Without an index, a container is read from its beginning.

    Raises:
        BrokenFilmError: nothing can be decoded.
        TrimError: the part holds no frame.
    """
    with open_film(film.path) as container:
        stream = video_stream(container, film.path)
        first = stream.start_time or 0
        if part.start > 0:
            container.seek(first + int(part.start / stream.time_base), stream=stream)
        low = first + part.start / film.time_base
        high = None if part.end is None else first + part.end / film.time_base

        def seconds(pts: int) -> float:
            return float((pts - first) * film.time_base)

        index, waiting, last_pts = 0, None, None
        for picture in _deinterlaced(film, stream, _decoded(container, stream, film.path)):
            pts = _pts(picture, film, last_pts)
            last_pts = pts
            if high is not None and pts >= high - 0.5:
                break
            if pts < low - 0.5:
                continue
            _check_size(picture, film)
            if waiting is not None:
                yield Frame(index, waiting[0], pts - waiting[0], waiting[1], film, seconds(waiting[0]))
                index += 1
            waiting = pts, picture
        if waiting is None:
            raise TrimError(
                f"The part must lie in the film. Received {part.start:g} to "
                f"{'its end' if part.end is None else part.end} seconds of one that is {film.duration or 0:.1f} "
                "seconds long."
            )
        last = _last_duration(waiting[1], film)
        yield Frame(index, waiting[0], last, waiting[1], film, seconds(waiting[0]))


def frame_at(film: Film, time: float) -> Frame:
    """The frame that is shown at a time, in seconds from the beginning of the film.

    Raises:
        TrimError: the film is over by then.
        BrokenFilmError: nothing can be decoded.
    """
    back = 1.0
    while True:
        start = max(0.0, time - back)
        found = None
        with suppress(TrimError):
            for frame in read_frames(film, Part(start)):
                if found is not None and frame.time > time + _JUST:
                    break
                found = frame
        if found is not None and (found.time <= time + _JUST or start == 0):
            break
        if start == 0:
            break
        back *= 8  # no frame began in that time: one that is shown for long
    if found is None or time >= found.time + float(found.duration * film.time_base) + _JUST:
        raise TrimError(
            f"The time must lie in the film, which is {film.duration or 0:.1f} seconds long. Received {time:g} seconds."
        )
    return found


def fingerprint(path: Path) -> str:
    """The size of a file and a checksum of its two ends: to read a whole film would take long."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read(_PROBED))
        file.seek(max(0, size - _PROBED))
        digest.update(file.read(_PROBED))
    return f"{size} {digest.hexdigest()}"


@contextmanager
def open_film(path: Path) -> Iterator["av.container.InputContainer"]:
    """Open a film's container for reading.

    Raises:
        OSError: the file cannot be read.
        BrokenFilmError: it is damaged, or of another kind.
    """
    with open(path, "rb"):  # says in Python's own words what is wrong with the path
        pass
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise BrokenFilmError(
            f"A film must be a whole file of MP4, MOV, MKV, WebM or AVI. {path.name} cannot be opened: it is damaged, "
            "cut off, or of another kind."
        ) from error
    with container:
        yield container


def video_stream(container: "av.container.InputContainer", path: Path) -> av.VideoStream:
    """The stream of moving pictures; a cover picture is none.

    Raises:
        NoVideoError, UnknownCodecError
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise NoVideoError(f"A film must have a moving picture. {path.name} has none.")
    if streams[0].codec_context is None:
        raise UnknownCodecError(
            f"The moving picture must be encoded in a way that FFmpeg can decode. That of {path.name} is not known: "
            "convert it to H.264 with the program that made it."
        )
    return streams[0]


def _decoded(container: "av.container.InputContainer", stream: av.VideoStream, path: Path) -> Iterator[av.VideoFrame]:
    """Decode a stream; what is damaged is left out, as players do."""
    stream.thread_type = "AUTO"
    failed, decoded = None, 0
    with suppress(av.error.InvalidDataError, av.error.EOFError):  # the container itself ends early
        for packet in container.demux(stream):
            try:
                for picture in packet.decode():
                    decoded += 1
                    yield picture
            except av.error.InvalidDataError as error:
                failed = error
            except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError, NotImplementedError) as error:
                raise UnknownCodecError(
                    f"FFmpeg must know how to decode the film. It does not know {stream.codec_context.name} of "
                    f"{path.name}: {error}. Convert it to H.264."
                ) from error
    if failed and not decoded:
        raise BrokenFilmError(f"A film must have frames that can be decoded. None of {path.name} can: {failed}.")


def _deinterlaced(film: Film, stream: av.VideoStream, pictures: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Join the fields of interlaced frames by FFmpeg's filter bwdif, one frame out for each frame in."""
    if not film.interlaced:
        yield from pictures
        return
    graph = Graph()
    source = graph.add_buffer(template=stream, time_base=stream.time_base)
    bwdif = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    sink = graph.add("buffersink")
    source.link_to(bwdif)
    bwdif.link_to(sink)
    graph.configure()
    for picture in _then_none(pictures):
        graph.push(picture)
        while True:
            try:
                yield graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break


def _then_none(pictures: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame | None]:
    yield from pictures
    yield None


def _describe(path: Path, container, stream: av.VideoStream, pictures: list[av.VideoFrame]) -> Film:
    first = pictures[0]
    rotation = round(first.rotation / 90) * 90 % 360
    height, width = (first.height, first.width) if rotation % 180 == 0 else (first.width, first.height)
    if min(height, width) < limits.MIN_SIDE or max(height, width) > MAX_SIDE:
        raise FilmSizeError(
            f"The sides of a film must be from {limits.MIN_SIDE} to {MAX_SIDE} pixels. Those of {path.name} are "
            f"{width} x {height}."
        )
    duration = None
    if stream.duration:
        duration = float(stream.duration * stream.time_base)
    elif container.duration:
        duration = container.duration / av.time_base
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return Film(
        path,
        height // 2 * 2,
        width // 2 * 2,
        duration,
        stream.frames or None,
        stream.time_base,
        rate,
        stream.codec_context.name,
        max(component.bits for component in first.format.components),
        rotation,
        any(picture.interlaced_frame for picture in pictures),
        bool(height % 2 or width % 2),
        1 / aspect if rotation % 180 and aspect else aspect or Fraction(1),
    )


def _is_gray(picture: av.VideoFrame) -> bool:
    """Whether a picture is surely grey, so that its luma is all there is to it."""
    name = picture.format.name
    if name.startswith("gray"):
        return True
    if name not in ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"):
        return False
    for plane in picture.planes[1:]:
        chroma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        if chroma.min() < 128 - NEUTRAL or chroma.max() > 128 + NEUTRAL:
            return False
    return True


def _check_size(picture: av.VideoFrame, film: Film) -> None:
    height, width = (picture.height, picture.width) if film.rotation % 180 == 0 else (picture.width, picture.height)
    if (height // 2 * 2, width // 2 * 2) != (film.height, film.width):
        raise FilmSizeError(
            f"All frames of a film must have one size. {film.path.name} begins with {film.width} x {film.height} and "
            f"goes on with {width} x {height}: cut it there."
        )


def _pts(picture: av.VideoFrame, film: Film, last: int | None) -> int:
    """The time of a frame in the film's time base; frames without one, or out of order, follow the one before."""
    usual = max(1, round(1 / (film.rate * film.time_base)))
    if picture.pts is None:
        return 0 if last is None else last + usual
    pts = round(picture.pts * picture.time_base / film.time_base)
    return pts if last is None else max(pts, last + 1)


def _last_duration(picture: av.VideoFrame, film: Film) -> int:
    usual = max(1, round(1 / (film.rate * film.time_base)))
    if not picture.duration:
        return usual
    return max(1, round(picture.duration * picture.time_base / film.time_base))
