"""The photographs of one visit: the files received, and the predictions for each. `album_export` writes files.

Plain data and functions on it; the caller (a page, a test) decides when each step runs.
"""

import hashlib
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from colorizer.color import lab
from colorizer.imaging import limits, reading, resizing
from colorizer.imaging.caption import add_caption
from colorizer.imaging.errors import ImageError
from colorizer.imaging.metadata import Provenance
from colorizer.imaging.pixels import to_gray
from colorizer.imaging.preparation import AS_IT_IS, Preparation, find_in_scan, prepare
from colorizer.imaging.reading import Photo
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint
from colorizer.inference.hints.history import HintHistory
from colorizer.inference.hints.placing import place, place_all
from colorizer.inference.hints.sidecar import Edits
from colorizer.inference.moods.reference import Reference
from colorizer.inference.own_colors import has_own_colors
from colorizer.inference.prediction import Prediction

MAX_PHOTOGRAPHS = 30
"""Largest number of photographs in an album."""

MAX_BYTES = 300 * 1024**2
"""Largest sum of the files in an album, in bytes."""

VIEW_SIDE = 1024
"""Longest side, in pixels, of the copies for the screen."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """A visitor's settings for the colours."""

    saturation: float = 1.0
    """0 (grey) to 2."""
    temperature: float | None = None
    """Of the decoding, 0.05..1; None takes the model's default."""
    caption: bool = False
    """Whether a line on the picture says that its colours are a guess."""
    warmth: float = 0.0
    """Of the light, -1 (cool) to 1 (warm)."""
    mood: str | None = None
    """One of `mood.MOODS`; a model that predicts ab itself takes none and ignores it."""
    reference: Reference | None = None
    """A photograph that lends its palette, see `Colorizer.reference`; of another model, it is ignored."""
    keep_colors: bool = False
    """Whether the colours that a scan has itself stay."""


@dataclass
class Photograph:
    """A visitor's file, and what `develop` has found out about it."""

    name: str
    data: bytes
    refusal: str | None = None
    """Why it cannot be coloured, in words for a visitor."""
    format: str = ""
    height: int = 0
    """Of the upright photograph, before any turn or crop, in pixels."""
    width: int = 0
    pictures: int = 1
    """How many pictures or pages the file has; the first is coloured."""
    bits: int = 8
    """The most bits that a sample has in the file."""
    has_alpha: bool = False
    """Whether the file has transparency."""
    gray: np.ndarray | None = None
    """uint8 (h, w), the photograph without its colours, scaled for the screen."""
    original: np.ndarray | None = None
    """uint8 (h, w, 3), scaled for the screen; None where the photograph shows no colour."""
    has_own_colors: bool = False
    """Whether the scan has colours that can be kept: more than the one tone of a sepia print."""
    predictions: dict[str, Prediction] = field(default_factory=dict)
    """By name of the model."""
    variants: dict[str, list[Prediction]] = field(default_factory=dict)
    """By name of the model, computed when first needed; see `list_variants`."""
    version: int = 0
    """Index of the variant that is shown and written; 0 is the prediction itself."""
    edits: HintHistory = field(default_factory=HintHistory)
    """The hints that a person gave, for every model and version, in pixels of the upright photograph."""
    preparation: Preparation = AS_IT_IS
    """What is done with it before it is coloured; see `prepare_anew`."""

    @property
    def prepared_size(self) -> tuple[int, int]:
        """Height and width of what is coloured, in pixels."""
        if self.preparation == AS_IT_IS:
            return self.height, self.width
        return self.preparation.frame((self.height, self.width)).shape

    def knows_uncertainty(self, model: str) -> bool:
        """Whether the model predicts a distribution, so that `render_uncertainty` works."""
        return self.predictions[model].is_distribution

    def awaits(self, model: str) -> bool:
        """Whether `develop` still has to run for this model."""
        return self.refusal is None and model not in self.predictions


def add(album: dict[str, Photograph], key: str, name: str, data: bytes) -> None:
    """Put a file into an album, which maps a key of the caller's choice to each photograph.

    If the album is full, only the file's name is kept, and the photograph is marked as refused.
    """
    accepted = [photograph for photograph in album.values() if photograph.refusal is None]
    album[key] = Photograph(name, data)
    if len(accepted) >= MAX_PHOTOGRAPHS or sum(len(p.data) for p in accepted) + len(data) > MAX_BYTES:
        _refuse(
            album[key],
            f"this page holds up to {MAX_PHOTOGRAPHS} photographs and {MAX_BYTES // 1024**2} MB at a time. "
            "Download what is done, clear the page, then add the rest.",
        )


def develop(photograph: Photograph, colorizer: Colorizer, on_view: Callable[[], None] = lambda: None) -> None:
    """Read a photograph and run the network on it, once for each model; a bad file is marked as refused.

    Args:
        on_view: is called when the photograph has been read, before the network runs: it can be shown in grey.
    """
    if not photograph.awaits(colorizer.name):
        return
    try:
        upright = reading.read(photograph.data)
        photo = prepare(upright, photograph.preparation)
        _describe(photograph, photo, (upright.height, upright.width))
        on_view()
        prediction = colorizer.predict(photo.pixels)
    except ImageError as error:
        return _refuse(photograph, str(error))
    except Exception:  # one photograph must not stop the others; the log has the details
        _logger.exception("A photograph could not be coloured")
        return _refuse(photograph, "something went wrong while colouring it. Saving it as a JPEG first may help.")
    photograph.predictions[colorizer.name] = prediction


def prepare_anew(photograph: Photograph, preparation: Preparation) -> Photograph:
    """The same photograph, to be turned, straightened, cropped or inverted before it is coloured. Its hints are shared.

    It awaits `develop` again, for every model; until then its copies for the screen are those of before. The one given
    is not changed, since another thread may still be drawing it.

    Raises:
        CropError: too little of it would be left.
    """
    if preparation == photograph.preparation:
        return photograph
    if photograph.height:
        preparation.check((photograph.height, photograph.width))
    return replace(photograph, preparation=preparation, predictions={}, variants={})


def forget(photograph: Photograph) -> None:
    """Drop what `develop` makes anew of its file: 3 to 8 MB. It awaits `develop` again; what a person did stays."""
    photograph.gray, photograph.original, photograph.predictions, photograph.variants = None, None, {}, {}


def as_received(photograph: Photograph) -> Photograph:
    """The same photograph with all that a person has done to it, and without what `develop` makes anew of its file."""
    received = replace(photograph)
    forget(received)
    return received


def developed(photograph: Photograph, colorizer: Colorizer) -> Photograph:
    """The same photograph after `develop`. What is forgotten of the given one does not touch it."""
    copy = replace(photograph, predictions=dict(photograph.predictions), variants=dict(photograph.variants))
    develop(copy, colorizer)
    return copy


def read(photograph: Photograph, master: bool = False) -> Photo:
    """The photograph at full size, as it is to be coloured: turned, straightened, cropped, inverted.

    Args:
        master: see `reading.read`.
    """
    return prepare(reading.read(photograph.data, master=master), photograph.preparation)


def _describe(photograph: Photograph, photo: Photo, size: tuple[int, int]) -> None:
    """Note what a file contains, with the copies for the screen.

    Args:
        photo: as it is to be coloured.
        size: height and width before that.
    """
    view = resizing.preview(photo.pixels, _view_side(photo.height, photo.width))
    photograph.gray = to_gray(view)
    photograph.has_own_colors = has_own_colors(view)
    photograph.original = view if photo.is_color or photograph.has_own_colors else None
    photograph.format, (photograph.height, photograph.width) = photo.format, size
    photograph.pictures, photograph.bits, photograph.has_alpha = photo.pictures, photo.bits, photo.has_alpha


def list_variants(photograph: Photograph, colorizer: Colorizer) -> list[Prediction]:
    """Clearly different colourings to choose from, computed once; the first is the network's likeliest."""
    if colorizer.name not in photograph.variants:
        photograph.variants[colorizer.name] = photograph.predictions[colorizer.name].variants()
    return photograph.variants[colorizer.name]


def render_variants(photograph: Photograph, colorizer: Colorizer, look: Look, side: int) -> list[np.ndarray]:
    """Every variant, its longer side at most `side` pixels: uint8 (h, w, 3) each."""
    colored = look.keep_colors and photograph.original is not None
    small = resizing.preview(photograph.original if colored else photograph.gray, side)
    variants = list_variants(photograph, colorizer)
    corrected = [_correct(variant, photograph, look) for variant in variants]
    return [_render(small, variant, colorizer, look) for variant in corrected]


def render_thumbnail(photograph: Photograph, colorizer: Colorizer, look: Look, side: int) -> np.ndarray:
    """A small copy, its longer side at most `side` pixels: coloured, (h, w, 3), or grey, (h, w), while it waits."""
    small = resizing.preview(photograph.gray, side)
    return small if photograph.awaits(colorizer.name) else render(small, photograph, colorizer, look)


def render_uncertainty(photograph: Photograph, colorizer: Colorizer) -> np.ndarray:
    """A map of where the network is uncertain, orange on grey, scaled for the screen: uint8 (h, w, 3).

    Raises:
        ConfidenceError: the model predicts ab itself, without a confidence.
    """
    return colorizer.render(photograph.gray, photograph.predictions[colorizer.name].uncertainty())


def render_view(photograph: Photograph, colorizer: Colorizer, look: Look) -> np.ndarray:
    """The coloured photograph, scaled for the screen: uint8 (h, w, 3). The network does not run."""
    prediction = shown_prediction(photograph, colorizer, look)
    view = photograph.gray
    if (prediction.is_untouched or look.keep_colors) and photograph.original is not None:
        view = photograph.original
    rgb = render(view, photograph, colorizer, look)
    return add_caption(rgb) if look.caption and not prediction.is_untouched else rgb


def render_large(
    photograph: Photograph, colorizer: Colorizer, look: Look, side: int
) -> tuple[np.ndarray, np.ndarray, Provenance | None]:
    """The photograph before, (h, w) or (h, w, 3), and after, (h, w, 3), at its own size or so that no side is longer
    than `side`, and the mark of the second. The network does not run.
    """
    before = resizing.preview(read(photograph).pixels, side)
    after = render(before, photograph, colorizer, look)
    mark = mark_of(after, photograph, colorizer, look)
    return before, add_caption(after) if look.caption and mark else after, mark


def render(pixels: np.ndarray, photograph: Photograph, colorizer: Colorizer, look: Look, depth: int = 8) -> np.ndarray:
    """Colour a copy of the photograph, of any size, in the chosen version and look, with its hints: (H, W, 3).

    Args:
        depth: bits of the result: 8 (uint8) or 16 (uint16).
    """
    return _render(pixels, shown_prediction(photograph, colorizer, look), colorizer, look, depth)


def shown_prediction(photograph: Photograph, colorizer: Colorizer, look: Look) -> Prediction:
    """The prediction in the chosen version and look, with the hints."""
    prediction = photograph.predictions[colorizer.name]
    if photograph.version:
        variants = list_variants(photograph, colorizer)
        prediction = variants[min(photograph.version, len(variants) - 1)]  # another model may offer fewer
    return _correct(prediction, photograph, look)


def mark_of(rgb: np.ndarray, photograph: Photograph, colorizer: Colorizer, look: Look) -> Provenance | None:
    """The mark for a picture that was rendered of the photograph, see `Colorizer.mark`."""
    mark = colorizer.mark(rgb, shown_prediction(photograph, colorizer, look), look.saturation)
    if mark is None or photograph.preparation == AS_IT_IS:
        return mark
    return replace(mark, preparation=photograph.preparation.in_words((photograph.height, photograph.width)))


def write_sidecar(photograph: Photograph) -> bytes:
    """The hints of a photograph as a file, and what is done with it before; see `sidecar`."""
    edits = Edits(*_identity(photograph), photograph.edits.hints, photograph.preparation)
    return sidecar.write_edits(edits)


def read_sidecar(photograph: Photograph, data: bytes) -> Edits:
    """Take the hints from a file in place of those that the photograph has; this can be undone. Returns what it holds.

    What it says is done before colouring is checked, and left to the caller: see `prepare_anew`.

    Raises:
        EditsError, HintError, PreparationError: the file cannot be used, see `sidecar`; the photograph stays as it is.
    """
    edits = sidecar.read_edits(data)
    edits.check(*_identity(photograph))
    edits.preparation.check(edits.size)
    photograph.edits.change(edits.hints)
    return edits


def find_scan(photograph: Photograph) -> Preparation | None:
    """What straightens the scan and crops its border away, and else is as it is now; None if no border is found."""
    found = find_in_scan(reading.read(photograph.data).pixels)
    return found and replace(photograph.preparation, straighten=found.straighten, crop=found.crop)


def to_upright(photograph: Photograph, x: float, y: float) -> tuple[float, float]:
    """The place of the upright photograph that is seen at a place of what is coloured, in pixels."""
    if photograph.preparation == AS_IT_IS:
        return x, y
    return photograph.preparation.frame((photograph.height, photograph.width)).to_upright(x, y)


def to_prepared(photograph: Photograph, x: float, y: float) -> tuple[float, float] | None:
    """Where a place of the upright photograph is seen in what is coloured; None if it was cropped away."""
    if photograph.preparation == AS_IT_IS:
        return x, y
    return photograph.preparation.frame((photograph.height, photograph.width)).to_prepared(x, y)


def seen_hints(photograph: Photograph) -> list[tuple[int, Hint]]:
    """The hints whose places are not cropped away: their indexes, and they themselves in pixels of what is coloured."""
    if photograph.preparation == AS_IT_IS:
        return list(enumerate(photograph.edits.hints))
    frame = photograph.preparation.frame((photograph.height, photograph.width))
    placed = ((index, place(hint, frame)) for index, hint in enumerate(photograph.edits.hints))
    return [(index, hint) for index, hint in placed if hint is not None]


def lightness_at(photograph: Photograph, x: float, y: float) -> float:
    """L* of a place, 0..100: column and row in what is coloured, in pixels."""
    return float(lab.rgb_to_lightness(_around(photograph.gray, photograph, x, y)).mean())


def color_at(photograph: Photograph, rgb: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """The mean a* and b* of a place in a view of the photograph, uint8 (h, w, 3)."""
    a, b = lab.rgb_to_lab(_around(rgb, photograph, x, y))[..., 1:].mean(axis=(0, 1))
    return float(a), float(b)


def _around(view: np.ndarray, photograph: Photograph, x: float, y: float) -> np.ndarray:
    """The pixels of a view around a place: 3 x 3, fewer at the border."""
    height, width = photograph.prepared_size
    row, column = int(y * view.shape[0] / height), int(x * view.shape[1] / width)
    return view[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]


def _identity(photograph: Photograph) -> tuple[tuple[int, int], str]:
    return (photograph.height, photograph.width), hashlib.sha256(photograph.data).hexdigest()


def _correct(prediction: Prediction, photograph: Photograph, look: Look) -> Prediction:
    """A prediction in a look, with the hints of a photograph."""
    if prediction.is_distribution:
        if look.reference is not None and look.reference.output.shape[-1] == prediction.output.shape[-1]:
            prediction = prediction.like(look.reference)
        if look.mood is not None:
            prediction = prediction.in_mood(look.mood)
    if photograph.edits.hints:
        size = photograph.height, photograph.width
        prediction = prediction.with_hints(place_all(photograph.edits.hints, photograph.preparation, size))
    return prediction.in_light(look.warmth)


def _render(pixels: np.ndarray, prediction: Prediction, colorizer: Colorizer, look: Look, depth: int = 8) -> np.ndarray:
    return colorizer.render(pixels, prediction, look.saturation, look.temperature, depth, look.keep_colors)


def _view_side(height: int, width: int) -> int:
    """`VIEW_SIDE`, or more for a long strip, so that its short side keeps `MIN_SIDE` pixels."""
    return max(VIEW_SIDE, math.ceil(limits.MIN_SIDE * max(height, width) / min(height, width)))


def _refuse(photograph: Photograph, reason: str) -> None:
    photograph.refusal, photograph.data = reason, b""
