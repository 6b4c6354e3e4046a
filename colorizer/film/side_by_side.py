"""A film beside its coloured version in one picture, so that both surely play at the same time; without sound."""

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np

from colorizer.film.segments import ENCODER, add_video, encode
from colorizer.film.source import Film, Frame, Part, probe, read_frames
from storage.files import replacing

MAX_WIDTH = 640
"""Widest that each of both is shown, in pixels."""


def write_pair(film: Film, part: Part, colored: Path, target: Path) -> None:
    """Write a part of a film, at the left, beside `colored`, what it became, as MP4.

    Raises:
        FilmError: one of both cannot be read.
        OSError: the file cannot be written.
    """
    width = min(MAX_WIDTH, film.width) // 2 * 2
    height = max(2, round(film.height * width / film.width) // 2 * 2)
    size = replace(film, width=2 * width, height=height)
    options = {"movflags": "+faststart", "video_track_timescale": str(film.time_base.denominator)}
    with replacing(target) as beside, av.open(str(beside), "w", format="mp4", options=options) as container:
        stream = add_video(container, size, ENCODER)
        first = None
        for before, after in zip(read_frames(film, part), read_frames(probe(colored)), strict=False):
            first = before.pts if first is None else first
            pair = np.hstack([_small(frame, (width, height)) for frame in (before, after)])
            encode(container, stream, pair, before.pts - first, before.duration, film.time_base)
        container.mux(stream.encode())


def _small(frame: Frame, size: tuple[int, int]) -> np.ndarray:
    small = cv2.resize(frame.pixels(), size, interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=-1) if small.ndim == 2 else small
