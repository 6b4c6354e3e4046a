"""The finished parts of a film on disk, so that a stopped or killed run can go on and gives the same file.

A film is always encoded in segments of `LENGTH` frames, each by an encoder of its own and beginning with a key picture
(a closed GOP), whether it is interrupted or not. Beside the last one is what is needed to colour the next. They
stand in a folder NAME.parts beside the result, as NUT files, which keep any timestamps exactly.
"""

import json
import os
import shutil
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from colorizer.film.errors import ResumeError
from colorizer.film.source import Film
from colorizer.film.steadiness import Steadiness
from colorizer.film.steady import Key
from storage.files import replacing, write_file

LENGTH = 96
"""Frames of a segment: 4 seconds at 24 frames a second."""

ENCODER = {"crf": "18", "preset": "veryfast", "bf": "0", "threads": "1"}
"""Options of x264. Without B-frames a picture's time of decoding is that of showing, so that segments join as they are.
With one thread the bytes are the same on every machine; most of the time goes into colouring."""

_GLOBAL_HEADER = 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER: MP4 wants the encoder's parameters once, not in each segment
_BT709, _LIMITED = 1, 1  # as FFmpeg numbers them
_AVX_512F = 13  # as OpenCV numbers it


class Segments:
    """The segments of one film.

    Args:
        output: the film that will be made of them.
        settings: whatever the result depends on, as JSON.
    """

    def __init__(self, output: Path, settings: dict):
        self.folder = output.with_name(f"{output.name}.parts")
        self._settings = settings

    def begin(self, resume: bool) -> int:
        """Make the folder ready, and return the number of finished segments.

        Raises:
            ResumeError: they were made with other settings.
        """
        job = self.folder / "job.json"
        if resume and job.exists():
            begun = json.loads(job.read_bytes())
            others = sorted(
                name for name in self._settings.keys() | begun if begun.get(name) != self._settings.get(name)
            )
            if others:
                raise ResumeError(
                    f"--resume goes on with the same film and settings. {self.folder} was begun with another "
                    f"{', '.join(others)}: use the earlier ones, or start anew without --resume."
                )
            return self._count()
        self.remove()
        self.folder.mkdir(parents=True)
        write_file(job, json.dumps(self._settings, sort_keys=True).encode())
        return 0

    def remove(self) -> None:
        """Delete the segments."""
        if (self.folder / "job.json").exists() or (self.folder.is_dir() and not any(self.folder.iterdir())):
            shutil.rmtree(self.folder)

    def paths(self) -> list[Path]:
        """The finished segments in order."""
        return [self._path(number) for number in range(self._count())]

    def load(self, number: int) -> tuple[Key, Steadiness, int]:
        """What is needed to go on after a segment: its last key frame, the sums of steadiness, the number of shots."""
        with np.load(self._path(number).with_suffix(".npz")) as state:
            key = Key(int(state["index"]), *(state[name] for name in ("gray", "normalized", "colors", "hinted")))
            return key, Steadiness(**json.loads(str(state["steadiness"]))), int(state["shots"])

    def write(self, number: int, film: Film) -> "Segment":
        """Begin a segment."""
        return Segment(self._path(number), film)

    def save(self, segment: "Segment", key: Key, steadiness: Steadiness, shots: int) -> None:
        """Finish a segment: from now on it counts."""
        segment.close()
        with replacing(segment.path.with_suffix(".npz")) as beside, open(beside, "xb") as file:
            np.savez(
                file,
                index=key.index,
                gray=key.gray,
                normalized=key.normalized,
                colors=key.colors,
                hinted=key.hinted,
                steadiness=json.dumps(asdict(steadiness)),
                shots=shots,
            )
        os.replace(segment.part, segment.path)
        if number := int(segment.path.stem):  # only what is needed after the last segment is kept
            self._path(number - 1).with_suffix(".npz").unlink(missing_ok=True)

    def _count(self) -> int:
        number = 0
        while self._path(number).exists():
            number += 1
        return number

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.nut"


class Segment:
    """One segment while it is written."""

    def __init__(self, path: Path, film: Film):
        self.path, self.part = path, path.with_suffix(".part")
        self._film = film
        self._container = av.open(str(self.part), "w", format="nut")
        self._stream = add_video(self._container, film, ENCODER)

    def add(self, rgb: np.ndarray, pts: int, duration: int) -> None:
        """Append a frame: uint8 `(H, W, 3)` with its time and duration in the film's time base."""
        encode(self._container, self._stream, rgb, pts, duration, self._film.time_base)

    def close(self) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()

    def abandon(self) -> None:
        """Delete what is written: the segment was not finished."""
        self._container.close()
        self.part.unlink(missing_ok=True)


def add_video(container: "av.container.OutputContainer", film: Film, encoder: dict) -> av.VideoStream:
    """Add an H.264 stream of a film's size and times, BT.709, 8 bits, 4:2:0."""
    stream = container.add_stream("libx264", rate=film.rate, options=encoder | _repeatable())
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = film.width, film.height, "yuv420p"
    context.time_base = film.time_base
    context.sample_aspect_ratio = film.pixel_aspect
    context.color_range, context.colorspace = _LIMITED, _BT709
    context.color_primaries, context.color_trc = _BT709, _BT709
    context.flags |= _GLOBAL_HEADER
    return stream


def _repeatable() -> dict[str, str]:
    """Options with which x264 gives the same bytes for the same frames.

    With AVX-512 it does not: they depend on what the process did before (seen with x264 165; with AVX2 or less never).
    """
    return {"x264-params": "asm=AVX2"} if cv2.checkHardwareSupport(_AVX_512F) else {}


def encode(
    container: "av.container.OutputContainer",
    stream: av.VideoStream,
    rgb: np.ndarray,
    pts: int,
    duration: int,
    time_base: Fraction,
) -> None:
    """Encode a frame, sRGB `(H, W, 3)`, into a stream that `add_video` made."""
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED, threads=1)
    frame.pts, frame.duration, frame.time_base = pts, duration, time_base
    container.mux(stream.encode(frame))
