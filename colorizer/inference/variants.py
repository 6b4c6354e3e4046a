"""Other plausible colourings of one photograph, from the network's distributions alone.

A colour drawn for every place by itself would be noise. So the photograph is cut into a few regions that the network
sees alike; the distribution of each has one or more peaks; a variant takes another peak in the regions where that
changes most and costs least, and conditions the distribution of every place on it.
"""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.ndimage import gaussian_filter
from skimage.segmentation import slic

from colorizer.color import lab
from colorizer.color.bins import bins_of
from colorizer.inference.decoding import annealed_mean, softmax

SEGMENTS = 80
"""Superpixels that regions are made of."""

COMPACTNESS = 4.0
"""Difference in ab that parts two places as much as a superpixel's side does: less follows colour more closely."""

REGIONS = 8
"""Regions at most."""

SAME_REGION = 0.1
"""Distance (Ward's, of the roots of probabilities) up to which superpixels are one region, however few there are."""

PEAK_SIGMA = 12.0
"""Width of a peak, in units of ab: what lies nearer is the same colour."""

MIN_ODDS = 0.15
"""How likely another peak must be beside the first one to be taken for plausible."""

MIN_DISTANCE = 5.0
"""Mean distance in ab, over the whole picture, that makes two variants clearly different."""


def vary(logits: np.ndarray, count: int) -> list[np.ndarray]:
    """Logits of up to `count` clearly different colourings, the first being the one given.

    Fewer where the distributions leave no other plausible choice.

    Args:
        logits: over ab bins, float32 `(h, w, bins)`.
    """
    regions = _Regions(logits)
    found, colors = [logits], [annealed_mean(logits)]
    for chosen in regions.proposals():
        if len(found) == count:
            break
        variant = regions.condition(logits, chosen)
        expected = annealed_mean(variant)
        if all(lab.chroma(expected - other).mean() >= MIN_DISTANCE for other in colors):
            found.append(variant)
            colors.append(expected)
    return found[:count]


class _Regions:
    """A photograph in a few parts, each with the peaks of its distribution, the highest first."""

    def __init__(self, logits: np.ndarray):
        probabilities = softmax(logits)
        self.labels = _label(probabilities)
        count = self.labels.max() + 1
        self.shares = np.bincount(self.labels.ravel()) / self.labels.size
        means = [probabilities[self.labels == region].mean(axis=0) for region in range(count)]
        self.peaks = [_peaks(mean) for mean in means]

    def proposals(self) -> list[dict[int, np.ndarray]]:
        """Which regions take which other colour, the most visible and most plausible choices first."""
        gains = []
        for region, peaks in enumerate(self.peaks):
            for color, odds in peaks[1:]:
                gains.append((self.shares[region] * odds * np.linalg.norm(color - peaks[0][0]), region, color))
        gains.sort(key=lambda gain: -gain[0])
        singles = [{region: color} for _, region, color in gains]
        firsts: dict[int, np.ndarray] = {}
        for _, region, color in gains:
            firsts.setdefault(region, color)
        half = dict(list(firsts.items())[: max(1, len(firsts) // 2)])
        rest = {region: color for region, color in firsts.items() if region not in half}
        return [choice for choice in (half, firsts, rest, *singles) if choice]

    def condition(self, logits: np.ndarray, chosen: dict[int, np.ndarray]) -> np.ndarray:
        """Logits given that the chosen regions have colours near the chosen ones."""
        variant = logits.copy()
        for region, color in chosen.items():
            inside = gaussian_filter((self.labels == region).astype(np.float32), 1.0)
            evidence = -((bins_of(logits.shape[-1]) - color) ** 2).sum(axis=-1) / (2 * PEAK_SIGMA**2)
            variant += inside[..., None] * evidence
        return variant


def _label(probabilities: np.ndarray) -> np.ndarray:
    """Regions that the network sees alike: superpixels, joined where their distributions are nearest (Ward)."""
    height, width, _ = probabilities.shape
    expected = probabilities @ bins_of(probabilities.shape[-1])
    compactness = COMPACTNESS / max(np.ptp(expected), 1e-3)  # `slic` stretches what it is given to 0..1
    superpixels = slic(expected, SEGMENTS, compactness, channel_axis=-1, convert2lab=False, start_label=0)
    flat = superpixels.ravel()
    counts = np.bincount(flat)
    means = np.stack([probabilities.reshape(flat.size, -1)[flat == i].mean(axis=0) for i in range(len(counts))])
    if len(means) == 1:
        return superpixels
    tree = linkage(np.sqrt(means), "ward")
    distances = tree[:, 2]  # of the two that each step joins, rising
    enough = distances[-REGIONS] if len(distances) >= REGIONS else 0
    joined = fcluster(tree, max(enough, SAME_REGION), criterion="distance") - 1
    return joined[superpixels].reshape(height, width)


def _peaks(probabilities: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Colours `(2,)` where a distribution has its mass, with the odds of each against the first, highest first."""
    bins = bins_of(len(probabilities))
    near = np.exp(-((bins[:, None] - bins) ** 2).sum(axis=-1) / (2 * PEAK_SIGMA**2))
    left, found, highest = probabilities.astype(np.float64), [], 0.0
    for _ in range(4):
        mass = near @ left
        top = mass.argmax()
        highest = highest or mass[top]
        if mass[top] < MIN_ODDS * highest:
            break
        weights = near[top] * left
        found.append((weights @ bins / weights.sum(), float(mass[top] / highest)))
        # What a peak explains is taken out with a wider margin, so that its own slope is not the next one.
        left = left * (1 - np.exp(-((bins - bins[top]) ** 2).sum(axis=-1) / (2 * (1.5 * PEAK_SIGMA) ** 2)))
    return found
