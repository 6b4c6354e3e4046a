"""`imaging.resizing.resize` for the device, in JAX: the same filter, also for squares whose side is drawn at random."""

import jax.numpy as jnp


def resample(picture, size: tuple[int, int], side=None):
    """Resample a picture to `size` (height, width), antialiased: the filter of `resizing.resize`.

    The filter is a triangle, two target pixels wide where the picture is made smaller, otherwise two of its own pixels
    (bilinear interpolation).

    Args:
        picture: `(H, W, C)`, float32.
        side: use only the square of this side at the upper left; None takes the whole picture. It may be traced.
    """
    height, width, _ = picture.shape
    down = _triangle(size[0], height, height if side is None else side)
    across = _triangle(size[1], width, width if side is None else side)
    rows = jnp.einsum("ih,hwc->iwc", down, picture, precision="highest")
    return jnp.einsum("jw,iwc->ijc", across, rows, precision="highest")


def _triangle(target: int, source: int, used):
    """Weights `(target, source)` of the first `used` source pixels in each target pixel; they sum to 1 in each row."""
    scale = used / target
    centres = (jnp.arange(target)[:, None] + 0.5) * scale
    distance = jnp.abs(jnp.arange(source) + 0.5 - centres) / jnp.maximum(scale, 1)
    weights = jnp.maximum(1 - distance, 0) * (jnp.arange(source) < used)
    return weights / weights.sum(axis=1, keepdims=True)
