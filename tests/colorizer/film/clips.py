"""Films for tests: tiny, made from photographs that come with scikit-image."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import skimage.data

from colorizer.film import footage

SHAPE = (64, 96)


@cache
def photos() -> tuple[np.ndarray, ...]:
    return tuple(getattr(skimage.data, name)()[::3, ::3] for name in ("astronaut", "chelsea", "coffee"))


@cache
def shots(count: int = 24) -> list[np.ndarray]:
    """Frames of three shots, in colour."""
    return footage.three_shots(photos(), count, SHAPE)


def write(
    path: Path,
    frames: Sequence[np.ndarray],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times: Sequence[int] | None = None,
    rotation: int = 0,
    options: dict | None = None,
    sound: bool = False,
    subtitles: bool = False,
    metadata: dict | None = None,
) -> Path:
    """Write a film with whatever a test wants of it; `times` are in milliseconds."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        video = container.add_stream(codec, rate=25, options=options or {})
        video.height, video.width, video.pix_fmt = height, width, pix_fmt
        if times is not None:
            video.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            video.set_display_rotation(rotation)
        audio = container.add_stream("aac", rate=8000) if sound else None
        text = container.add_stream_from_template(_subtitles(path).streams[0]) if subtitles else None
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=pix_fmt)
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio:
            _add_tone(container, audio, len(frames) / 25)
        if text:
            for packet in _subtitles(path).demux():
                if packet.dts is not None:
                    packet.stream = text
                    container.mux(packet)
    return path


def pictures(path: Path) -> list[np.ndarray]:
    """All frames of a film, sRGB."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def times(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds, and at the end how long the film is."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [frame.pts * frame.time_base for frame in container.decode(stream)]
        return found


def packets(path: Path, kind: str) -> list[tuple[Fraction, bytes]]:
    """Times and bytes of the packets of a stream of this kind: audio, subtitle."""
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(stream) if p.dts is not None]


def _add_tone(container, audio, seconds: float) -> None:
    tone = 0.3 * np.sin(np.arange(round(8000 * seconds)) / 3).astype(np.float32)
    for start in range(0, len(tone), 1024):
        frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        container.mux(audio.encode(frame))
    container.mux(audio.encode())


def _subtitles(path: Path):
    file = path.with_suffix(".srt")
    file.write_text("1\n00:00:00,100 --> 00:00:00,400\nGood <i>morning</i>\n\n")
    return av.open(str(file))
