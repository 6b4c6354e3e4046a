"""What a network has recognised at every place of a photograph, in a few numbers: by these, places are compared.

They are taken from the network's output before any smoothing: two places that it gives the same distribution over
colours show the same thing to it, most often. As the output of most networks is a linear function of what their last
layer sees, little is lost.
"""

import numpy as np

COUNT = 16
"""Number of features of a place."""


def describe(output: np.ndarray, directions: np.ndarray | None = None) -> np.ndarray:
    """Features of every place: the main components of the network's output, float16 `(h, w, COUNT or fewer)`.

    The output of a place counts by its direction only, so that how sure the network is makes no difference: features
    of two places differ by at most 2.

    Args:
        output: logits `(h, w, bins)` or ab `(h, w, 2)`.
        directions: orthonormal ones that hold almost all of the output, `(bins, k)`, see `decoding.main_directions`: it
            is described in these, which is faster.
    """
    height, width, channels = output.shape
    places = output.reshape(-1, channels).astype(np.float32, copy=False)
    if directions is not None:
        places = places @ directions
        if channels != 2:  # logits are relative to each other
            places = places @ np.linalg.qr(directions - directions.mean(axis=0), mode="r").T
    elif channels != 2:
        places = places - places.mean(axis=1, keepdims=True)
    places = places / (np.linalg.norm(places, axis=1, keepdims=True) + 1e-3)
    places -= places.mean(axis=0)
    _, components = np.linalg.eigh(places.T @ places)  # by rising variance
    return (places @ components[:, ::-1][:, :COUNT]).reshape(height, width, -1).astype(np.float16)
