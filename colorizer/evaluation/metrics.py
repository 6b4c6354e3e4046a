"""Metrics of coloured photographs: their error against the original, and how they differ from real photographs.

Pictures are uint8 sRGB `(H, W, 3)`. Most metrics take the original and the coloured picture, some take one picture.
None of them measures colour quality alone: PSNR, SSIM and CIEDE2000 favour grey, colourfulness favours any colour.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage import color, metrics, segmentation

from colorizer.color import lab

SUPERPIXELS = 200
SAME_SURFACE = 4.0
"""Neighbouring superpixels count as one surface if their true mean ab differ by at most this distance."""
COLOR_EDGE = 8.0
"""Neighbouring superpixels have a colour edge between them if their mean ab differ by more than this distance."""
GRAY_CHROMA = 5.0
COLORED_CHROMA = 15.0
NO_CHROMA = 0.1
"""Root mean square chroma up to which a picture counts as grey: it can come from rounding alone."""
LIGHTNESS_STEPS = 16
DETAIL_SIGMA = 4 / 256
"""Standard deviation of the blur that separates detail from the rest, as a share of the picture's short side."""


class ShapeMismatchError(ValueError):
    """Two pictures to be compared have different shapes."""


def psnr(original: np.ndarray, predicted: np.ndarray) -> float:
    """Peak signal-to-noise ratio over the three channels, in dB, data range 255; infinite for equal pictures."""
    _check(original, predicted)
    if np.array_equal(original, predicted):
        return float("inf")
    return float(metrics.peak_signal_noise_ratio(original, predicted, data_range=255))


def ssim(original: np.ndarray, predicted: np.ndarray) -> float:
    """Structural similarity, mean over channels: at most 1 (Wang et al. 2004)."""
    _check(original, predicted)
    return float(metrics.structural_similarity(original, predicted, channel_axis=-1, data_range=255))


def delta_e(original: np.ndarray, predicted: np.ndarray) -> float:
    """Mean CIEDE2000 difference (Sharma et al. 2005); about 1 is just visible."""
    _check(original, predicted)
    return float(ciede2000(lab.rgb_to_lab(original), lab.rgb_to_lab(predicted)).mean())


def ciede2000(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """CIEDE2000 of two arrays of Lab colours `(..., 3)`: `(...)` (Sharma, Wu, Dalal 2005)."""
    return color.deltaE_ciede2000(first, second)


def colorfulness(rgb: np.ndarray) -> float:
    """Hasler & Süsstrunk 2003, *Measuring colourfulness in natural images*: 0 for grey, about 40 for a photograph."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def chroma(rgb: np.ndarray) -> float:
    """Mean chroma, in units of ab."""
    return float(lab.chroma(lab.rgb_to_lab(rgb)[..., 1:]).mean())


def tint(rgb: np.ndarray) -> float:
    """Share of a picture's chroma energy that is in its mean colour: |mean ab|^2 / mean |ab|^2, 0..1.

    1 for a picture in a single colour. NaN for a grey picture.
    """
    ab = lab.rgb_to_lab(rgb)[..., 1:].reshape(-1, 2)
    energy = (ab**2).sum(axis=-1).mean()
    return float((ab.mean(axis=0) ** 2).sum() / energy) if energy > NO_CHROMA**2 else float("nan")


def lightness_bound(rgb: np.ndarray) -> float:
    """Share of the variance of ab that lightness explains, 0..1: R^2 of the means over 16 equal steps of L*.

    High if colour depends on lightness, such as warm lights and cold shadows. NaN for a picture of one colour.
    """
    colors = lab.rgb_to_lab(rgb).reshape(-1, 3)
    step = np.minimum((colors[:, 0] * (LIGHTNESS_STEPS / 100)).astype(int), LIGHTNESS_STEPS - 1)
    ab = colors[:, 1:].astype(np.float64)
    ab -= ab.mean(axis=0)
    total = (ab**2).sum()
    if total <= NO_CHROMA**2 * len(ab):
        return float("nan")
    counts = np.bincount(step, minlength=LIGHTNESS_STEPS)
    sums = np.stack([np.bincount(step, ab[:, i], LIGHTNESS_STEPS) for i in range(2)])
    return float((sums**2 / np.maximum(counts, 1)).sum() / total)


def chroma_detail(rgb: np.ndarray) -> float:
    """Fine detail of colour relative to that of lightness: 0 for grey, low for colour in broad, smooth areas.

    The standard deviation of ab minus its Gaussian blur, divided by that of L* minus its blur. Sigma is 4 pixels for a
    short side of 256, and in proportion for other sizes. NaN if the lightness has no detail.
    """
    colors = lab.rgb_to_lab(rgb)
    sigma = DETAIL_SIGMA * min(colors.shape[:2])
    detail = colors - gaussian_filter(colors, (sigma, sigma, 0))
    lightness = detail[..., 0].std()
    return float(detail[..., 1:].std() / lightness) if lightness > NO_CHROMA else float("nan")


def ab_accuracy(original: np.ndarray, predicted: np.ndarray) -> float:
    """Share of pixels, 0..1, where the same one of a and b is the larger one in both pictures.

    Keras computes this as "accuracy" for ab outputs, and several reports give it. It does not measure colour quality:
    it only tells on which side of one diagonal of the ab plane the hue is, and nothing about chroma.
    """
    _check(original, predicted)
    larger = [lab.rgb_to_lab(rgb)[..., 1:].argmax(axis=-1) for rgb in (original, predicted)]
    return float((larger[0] == larger[1]).mean())


def gray_share(original: np.ndarray, predicted: np.ndarray) -> float:
    """Share of all pixels that are nearly grey (chroma under 5) but clearly coloured in the original (over 15)."""
    _check(original, predicted)
    true, given = (lab.chroma(lab.rgb_to_lab(rgb)[..., 1:]) for rgb in (original, predicted))
    return float(((true > COLORED_CHROMA) & (given < GRAY_CHROMA)).mean())


def patchiness(original: np.ndarray, predicted: np.ndarray) -> float:
    """Colour variation where the original has none, in units of ab.

    It takes all pairs of neighbouring superpixels (SLIC, Achanta et al. 2012, about 200 per picture) of the original
    whose true mean ab differ by at most 4. The result is the mean distance of their predicted mean ab, minus the mean
    distance of their true mean ab. Negative for a grey prediction; NaN if there is no such pair.
    """
    regions = _Regions(original, predicted)
    true = np.linalg.norm(regions.true_difference, axis=-1)
    same = true <= SAME_SURFACE
    if not same.any():
        return float("nan")
    return float(np.linalg.norm(regions.predicted_difference[same], axis=-1).mean() - true[same].mean())


def edge_gradients(original: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Gradients of ab across the colour edges that both pictures have: `(edges, 2)`, of the original and the coloured.

    The edges are borders of superpixels whose mean ab differ by more than 8 in both pictures. A gradient is the change
    of ab across the border in the direction of the difference of the two means, as a share of that difference. It
    spans three pixels: JPEG stores colour at half size, so no original has an edge that is one pixel wide.
    """
    regions = _Regions(original, predicted)
    edge = (np.linalg.norm(regions.true_difference, axis=-1) > COLOR_EDGE) & (
        np.linalg.norm(regions.predicted_difference, axis=-1) > COLOR_EDGE
    )
    true = regions.gradients(regions.true_ab, regions.true_difference)[edge]
    given = regions.gradients(regions.predicted_ab, regions.predicted_difference)[edge]
    return np.stack([true, given], axis=-1)


def bleeding(gradients: np.ndarray) -> float:
    """How blurred colour edges are: 0 if they are as sharp as in the originals, near 1 if they are very blurred.

    1 minus the mean gradient of the predictions divided by that of the originals. Every edge has the same weight in
    every picture; with a mean of one ratio per picture, a picture with one edge would count as much as one with a
    hundred. NaN without edges, as for grey pictures.

    Args:
        gradients: `edge_gradients` of one picture, or of many concatenated, `(edges, 2)`.
    """
    if not len(gradients):
        return float("nan")
    true, given = gradients.mean(axis=0)
    return float(1 - given / true) if true > 0 else float("nan")


@lru_cache(maxsize=2)  # two metrics and every model use the same original, one after the other
def _superpixels(pixels: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """Labels `(H, W)` of the superpixels of an uint8 picture."""
    picture = np.frombuffer(pixels, np.uint8).reshape(shape)
    return segmentation.slic(picture, n_segments=SUPERPIXELS, compactness=10, start_label=0)


class _Regions:
    """Superpixels of an original, the pairs of them that touch, and their mean ab in both pictures."""

    def __init__(self, original: np.ndarray, predicted: np.ndarray):
        _check(original, predicted)
        self.true_ab, self.predicted_ab = (lab.rgb_to_lab(rgb)[..., 1:] for rgb in (original, predicted))
        labels = _superpixels(original.tobytes(), original.shape)
        count = labels.max() + 1
        borders = [np.concatenate(column) for column in zip(*_borders(labels), strict=True)]
        first, second, before, after = borders
        turned = first > second  # the same two superpixels in the other order belong to the same border
        self._ends = np.where(turned, after, before), np.where(turned, before, after)
        codes = np.minimum(first, second) * count + np.maximum(first, second)
        pairs, self._pair = np.unique(codes, return_inverse=True)
        self._pairs = pairs // count, pairs % count
        self.true_difference = self._difference(_means(self.true_ab, labels))
        self.predicted_difference = self._difference(_means(self.predicted_ab, labels))

    def gradients(self, ab: np.ndarray, difference: np.ndarray) -> np.ndarray:
        """Mean gradient of ab across the border of each pair, as a share of their difference: `(pairs,)`."""
        flat = ab.reshape(-1, 2)
        step = flat[self._ends[1]] - flat[self._ends[0]]
        squared = np.maximum((difference**2).sum(axis=-1), 1e-12)
        share = (step * difference[self._pair]).sum(axis=-1) / squared[self._pair]
        return np.bincount(self._pair, share) / np.bincount(self._pair)

    def _difference(self, means: np.ndarray) -> np.ndarray:
        return means[self._pairs[1]] - means[self._pairs[0]]


def _means(ab: np.ndarray, labels: np.ndarray) -> np.ndarray:
    flat = labels.ravel()
    counts = np.maximum(np.bincount(flat), 1)
    return np.stack([np.bincount(flat, ab[..., i].ravel()) / counts for i in range(2)], axis=-1)


def _borders(labels: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Pixels where two superpixels touch, along rows, then along columns: the labels of the two, and the flat indices
    of the pixel before and the pixel after the two that touch."""
    index = np.arange(labels.size).reshape(labels.shape)
    for labels_along, index_along in ((labels, index), (labels.T, index.T)):
        padded = np.pad(index_along, ((0, 0), (1, 1)), mode="edge")
        first, second = labels_along[:, :-1], labels_along[:, 1:]
        differ = first != second
        yield first[differ], second[differ], padded[:, :-3][differ], padded[:, 3:][differ]


def _check(original: np.ndarray, predicted: np.ndarray) -> None:
    if original.shape != predicted.shape:
        raise ShapeMismatchError(f"Pictures must have one shape. Received {original.shape} and {predicted.shape}.")
