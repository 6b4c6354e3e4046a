"""Other plausible colourings of one photograph, computed only from the network's distributions.

Drawing a colour for every place on its own would give noise. So the photograph is divided into a few regions with
similar distributions, and the mean distribution of each has one or more peaks. A variant takes another peak in the
regions where this is most visible and most plausible, and conditions the distribution of every place there on it.
"""

import numpy as np
import scipy

from colorizer.color import lab
from colorizer.color.bins import bins_of
from colorizer.inference.decoding import annealed_mean, softmax

SEGMENTS = 80
"""Number of superpixels, of which regions are made."""

COMPACTNESS = 4.0
"""Difference in ab that counts as much as a distance of one superpixel's side; lower follows colour more closely."""

REGIONS = 8
"""Largest number of regions."""

SAME_REGION = 0.1
"""Superpixels up to this distance (Ward's, of the roots of probabilities) are joined, however few regions remain."""

PEAK_SIGMA = 12.0
"""Width of a peak, in units of ab: bins nearer than this count as the same colour."""

MIN_ODDS = 0.15
"""Lowest ratio of another peak's probability to that of the first at which it counts as plausible."""

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
    """The regions of a photograph, each with the peaks of its mean distribution, the highest first."""

    def __init__(self, logits: np.ndarray):
        probabilities = softmax(logits)
        self.labels = _label(probabilities)
        count = self.labels.max() + 1
        self.shares = np.bincount(self.labels.ravel()) / self.labels.size
        means = [probabilities[self.labels == region].mean(axis=0) for region in range(count)]
        self.peaks = [_peaks(mean) for mean in means]

    def proposals(self) -> list[dict[int, np.ndarray]]:
        """Choices of another colour for some regions, the most visible and most plausible choices first.

        One region comes before several: where one thing has another colour and the rest is the same, people see what
        the choice is about.
        """
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
        return [choice for choice in (*singles, half, firsts, rest) if choice]

    def condition(self, logits: np.ndarray, chosen: dict[int, np.ndarray]) -> np.ndarray:
        """Logits, conditioned on the chosen regions having colours near the chosen ones."""
        variant = logits.copy()
        for region, color in chosen.items():
            inside = scipy.ndimage.gaussian_filter((self.labels == region).astype(np.float32), 1.0)
            evidence = -((bins_of(logits.shape[-1]) - color) ** 2).sum(axis=-1) / (2 * PEAK_SIGMA**2)
            variant += inside[..., None] * evidence
        return variant


def _label(probabilities: np.ndarray) -> np.ndarray:
    """Label regions with similar distributions: superpixels, the nearest of them joined (Ward's method)."""
    height, width, _ = probabilities.shape
    expected = probabilities @ bins_of(probabilities.shape[-1])
    compactness = COMPACTNESS / max(np.ptp(expected), 1e-3)  # `slic` rescales its input to 0..1
    from scipy.cluster.hierarchy import fcluster, linkage  # both take long to import
    from skimage.segmentation import slic

    superpixels = slic(expected, SEGMENTS, compactness, channel_axis=-1, convert2lab=False, start_label=0)
    flat = superpixels.ravel()
    counts = np.bincount(flat)
    means = np.stack([probabilities.reshape(flat.size, -1)[flat == i].mean(axis=0) for i in range(len(counts))])
    if len(means) == 1:
        return superpixels
    tree = linkage(np.sqrt(means), "ward")
    distances = tree[:, 2]  # between the two clusters that each step joins, rising
    enough = distances[-REGIONS] if len(distances) >= REGIONS else 0
    joined = fcluster(tree, max(enough, SAME_REGION), criterion="distance") - 1
    return joined[superpixels].reshape(height, width)


def _peaks(probabilities: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Peaks of a distribution: colours `(2,)`, each with its odds against the first one, highest first."""
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
        # Each peak is removed with a wider margin, so that its own slope is not found as the next peak.
        left = left * (1 - np.exp(-((bins - bins[top]) ** 2).sum(axis=-1) / (2 * (1.5 * PEAK_SIGMA) ** 2)))
    return found
