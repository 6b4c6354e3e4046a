"""Join finished segments, the sound and the subtitles of a film into one MP4 that plays while it loads."""

import heapq
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.subtitles.stream import SubtitleStream

from colorizer.film.errors import FilmSoundError
from colorizer.film.source import Film, Part, open_film, video_stream
from colorizer.imaging.metadata import Provenance
from storage.files import replacing

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

MARK = "Coloured by software, colours are guesses"
"""How the comment in a coloured film begins."""

_PLACE = ("location", "gps", "iso6709", "xyz")
"""Parts of the names of metadata that say where a film was taken: left out, as with photographs."""

_ASS_HEADER = (  # FFmpeg's encoder of MP4 subtitles wants the usual style of its ASS text
    b"[Script Info]\nScriptType: v4.00+\nPlayResX: 384\nPlayResY: 288\n\n[V4+ Styles]\nFormat: Name, Fontname, "
    b"Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, "
    b"ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
    b"Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\n\n[Events]\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
_TEXT_SUBTITLES = ("srt", "subrip", "ass", "ssa", "mov_text", "webvtt", "text")


def check_sound(film: Film) -> None:
    """Make sure that MP4 can hold the film's sound untouched.

    Raises:
        FilmSoundError: it cannot.
    """
    with open_film(film.path) as source:
        for stream in source.streams.audio:
            codec = stream.codec_context.name if stream.codec_context else "an unknown codec"
            if codec not in _mp4_codecs():
                raise FilmSoundError(
                    f"The sound is copied as it is, so MP4 must be able to hold it. That of {film.path.name} is "
                    f"{codec}: convert it to AAC, or leave it out with --no-sound."
                )


def subtitle_notes(film: Film) -> list[str]:
    """Which subtitles are left out, a sentence each."""
    with open_film(film.path) as source:
        kinds = [stream.codec_context.name for stream in source.streams.subtitles if stream.codec_context]
    return [
        f"Subtitles of the kind {kind} are pictures, which MP4 cannot hold: left out."
        for kind in kinds
        if kind not in _TEXT_SUBTITLES
    ]


def join(
    segments: list[Path], film: Film, part: Part, shift: int, output: Path, made_by: Provenance, sound: bool = True
) -> None:
    """Write the finished film; `output` is replaced only by a whole file.

    Args:
        segments: see `segments`.
        part: which part of the film they are.
        shift: time of its first frame in the film's time base, which becomes 0; 0 for a whole film, whose times stay.
        made_by: the mark, written into the metadata.
        sound: whether to copy the sound.
    """
    options = {"movflags": "+faststart", "video_track_timescale": str(film.time_base.denominator)}
    with (
        replacing(output) as beside,
        open_film(film.path) as source,
        av.open(str(beside), "w", format="mp4", options=options) as target,
    ):
        with av.open(str(segments[0])) as first:
            video = target.add_stream_from_template(first.streams.video[0])
        video.time_base = Fraction(1, film.time_base.denominator)
        copied = {stream: target.add_stream_from_template(stream) for stream in source.streams.audio if sound}
        texts = {stream: _add_text(target) for stream in source.streams.subtitles if _is_text(stream)}
        for old, new in [(video_stream(source, film.path), video), *copied.items(), *texts.items()]:
            new.metadata.update(_of_stream(old.metadata))
        target.metadata.update(_metadata(source.metadata, made_by))
        others = _others(source, copied, texts, part, shift * film.time_base)
        for _, packet in heapq.merge(_pictures(segments, video, shift, film), others, key=lambda pair: pair[0]):
            target.mux(packet)


def _pictures(segments: list[Path], video: av.VideoStream, shift: int, film: Film) -> Iterator[tuple[float, av.Packet]]:
    for path in segments:
        with av.open(str(path)) as segment:
            for packet in segment.demux(segment.streams.video[0]):
                if packet.dts is None:  # the end of the file
                    continue
                packet.pts = packet.dts = _convert(packet.pts, packet.time_base, video.time_base) - _convert(
                    shift, film.time_base, video.time_base
                )
                packet.duration = _convert(packet.duration, packet.time_base, video.time_base)
                packet.time_base = video.time_base
                packet.stream = video
                yield float(packet.dts * video.time_base), packet


def _others(
    source: "av.container.InputContainer", copied: dict, texts: dict, part: Part, shift: Fraction
) -> Iterator[tuple[float, av.Packet]]:
    """The packets of sound and subtitles in the part, moved as the pictures are."""
    wanted = [*copied, *texts]
    if not wanted:
        return
    if part.start > 0:
        source.seek(int(shift * av.time_base))
    length = None if part.end is None else part.end - part.start
    for packet in source.demux(wanted):
        if packet.dts is None or packet.pts is None:
            continue
        time = packet.pts * packet.time_base - shift
        if not part.is_whole and (time < 0 or (length is not None and time >= length)):
            continue
        offset = round(shift / packet.time_base)
        if packet.stream in texts:
            packet = _as_mov_text(packet, texts[packet.stream], offset)
            if packet is None:
                continue
        else:
            packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
            packet.stream = copied[packet.stream]
        yield float(packet.dts * packet.time_base), packet


def _add_text(target: "av.container.OutputContainer") -> SubtitleStream:
    stream = target.add_stream("mov_text")
    stream.codec_context.subtitle_header = _ASS_HEADER
    stream.codec_context.time_base = Fraction(1, 1000)
    return stream


def _is_text(stream: SubtitleStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.name in _TEXT_SUBTITLES


def _as_mov_text(packet: av.Packet, stream: SubtitleStream, offset: int) -> av.Packet | None:
    """A subtitle in the kind that MP4 holds; None for an empty one, which MP4 makes itself."""
    text = packet.stream.codec_context.decode2(packet)
    if text is None or not len(text):
        return None
    made = stream.codec_context.encode_subtitle(text)
    made.stream, made.time_base = stream, packet.time_base
    made.pts = made.dts = packet.pts - offset
    made.duration = packet.duration
    return made


def _metadata(given: dict[str, str], made_by: Provenance) -> dict[str, str]:
    """What the film says of itself, without the place, and that software coloured it."""
    kept = {name: text for name, text in given.items() if not any(word in name.lower() for word in _PLACE)}
    hints = f", with {made_by.hints} hint{'s' * (made_by.hints > 1)} of a person" if made_by.hints else ""
    mark = (
        f"{MARK}: {made_by.software}, model {made_by.model}, weights SHA-256 "
        f"{made_by.weights_sha256}, saturation {made_by.saturation:g}{hints}. {DIGITAL_SOURCE_TYPE}"
    )
    comment = kept.get("comment", "")
    return kept | {"comment": f"{comment} {mark}".strip(), "encoder": made_by.software}


def _of_stream(given: dict[str, str]) -> dict[str, str]:
    return {name: given[name] for name in ("language", "title") if name in given}


def _convert(value: int, unit: Fraction, target: Fraction) -> int:
    return round(value * unit / target)


def _mp4_codecs() -> set[str]:
    with av.open(io.BytesIO(), "w", format="mp4") as container:
        return set(container.supported_codecs)
