"""Other colour spaces than Lab, for experiments: a network may be trained on two channels of YUV, HSV or Luv instead.

What such a network sees is L* all the same, and what it is used for is ab: `ToAb` finds the colour that has the two
channels given and the lightness of the photograph. Channels are scaled to about -128..128, as ab is.

Sources: CIE 15:2004 (Luv); ITU-R BT.601 (YUV, as scikit-image has it); Smith 1978 (HSV).
"""

import numpy as np
from keras import Input, Model, layers, ops
from skimage import color

from colorizer.color import lab
from colorizer.models import HyperparameterError

SCALES = {"lab": 1.0, "luv": 0.7, "yuv": 200.0, "hsv": 100.0}
"""Factors that bring each space's two channels to about -128..128."""

_STEPS = 16  # of bisection: the lightness is met within 0.01
_YUV_TO_RGB = np.array([[0.0, 1.13988303], [-0.394642334, -0.58062185], [2.03206185, 0.0]], np.float32)
_WHITE_UV = np.array([4 * lab.WHITE[0], 9 * lab.WHITE[1]]) / (lab.WHITE @ (1, 15, 3))


def chroma(rgb: np.ndarray, space: str) -> np.ndarray:
    """The two channels without the lightness of sRGB pixels: uint8 `(..., 3)` -> float32 `(..., 2)`.

    Of HSV they are the saturation times the cosine and the sine of the hue, which knows no jump at red.

    Raises:
        HyperparameterError: no such space.
    """
    if space not in SCALES:
        raise HyperparameterError(f"space must be one of {', '.join(SCALES)}. Received {space!r}.")
    if space == "lab":
        return lab.rgb_to_lab(rgb)[..., 1:]
    if space == "hsv":
        hue, saturation = np.moveaxis(color.rgb2hsv(rgb)[..., :2], -1, 0)
        channels = saturation[..., None] * np.stack([np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)], axis=-1)
    else:
        channels = (color.rgb2yuv if space == "yuv" else _rgb_to_luv)(rgb)[..., 1:]
    return (SCALES[space] * channels).astype(np.float32)


def with_ab(model: Model, space: str) -> Model:
    """A model that gives ab, out of one that gives the two channels of another space."""
    if space not in SCALES:
        raise HyperparameterError(f"space must be one of {', '.join(SCALES)}. Received {space!r}.")
    if model.output_shape[-1] != 2:
        raise HyperparameterError(f"Bins are of ab: classification has no other space. Received {space!r}.")
    lightness = Input((None, None, 1), name="lightness")
    ab = ToAb(space, dtype="float32", name="to_ab")([lightness, model(lightness)])
    return Model(lightness, ab, name=f"{model.name}_{space}")


class ToAb(layers.Layer):
    """From L* and the two channels of a space to ab.

    Input shape:
        L* `(batch_size, height, width, 1)` and channels `(batch_size, h, w, 2)`, scaled as by `chroma`.

    Output shape:
        ab `(batch_size, h, w, 2)`
    """

    def __init__(self, space: str, **kwargs):
        super().__init__(**kwargs)
        self.space = space

    def call(self, inputs):
        lightness, channels = inputs
        size = ops.shape(channels)[1:3]
        lightness = ops.image.resize(lightness, size, interpolation="bilinear", antialias=True)[..., 0]
        first, second = (channels[..., i] / SCALES[self.space] for i in (0, 1))
        if self.space == "luv":
            return _ab_of_xyz(*_luv_to_xyz(lightness, first, second))
        join = {"yuv": _yuv_to_rgb, "hsv": _hsv_to_rgb}[self.space]
        return _ab_of_rgb(_match(lambda value: join(value, first, second), _luminance(lightness)))

    def compute_output_shape(self, input_shape):
        return input_shape[1]

    def get_config(self):
        return super().get_config() | {"space": self.space}


def _rgb_to_luv(rgb: np.ndarray) -> np.ndarray:
    xyz = lab.linear_rgb(rgb) @ lab.RGB_TO_XYZ.T
    lightness = lab.rgb_to_lab(rgb)[..., 0]
    share = np.maximum(xyz @ (1, 15, 3), 1e-9)
    uv = np.stack([4 * xyz[..., 0], 9 * xyz[..., 1]], axis=-1) / share[..., None]
    chroma = 13 * lightness[..., None] * (uv - _WHITE_UV) * (lightness[..., None] > 0)
    return np.concatenate([lightness[..., None], chroma], axis=-1)


def _luv_to_xyz(lightness, u, v):
    luminance = _luminance(lightness)
    scale = 13 * ops.maximum(lightness, 1.0)
    u, v = u / scale + _WHITE_UV[0], ops.maximum(v / scale + _WHITE_UV[1], 0.05)
    return luminance * 9 * u / (4 * v), luminance, luminance * ops.maximum(12 - 3 * u - 20 * v, 0.0) / (4 * v)


def _yuv_to_rgb(luma, u, v):
    return [ops.clip(luma + float(row[0]) * u + float(row[1]) * v, 0, 1) for row in _YUV_TO_RGB]


def _hsv_to_rgb(value, x, y):
    saturation = ops.clip(ops.sqrt(x**2 + y**2), 0, 1)
    sixth = ops.arctan2(y, x) * (3 / np.pi)
    parts = [ops.clip(2 - ops.abs((sixth + shift) % 6 - 2), 0, 1) for shift in (5.0, 3.0, 1.0)]
    return [value * (1 - saturation * part) for part in parts]


def _match(rgb_of, luminance):
    """The colour `rgb_of(value)` of a luminance, by bisection: it grows with the value, which is 0 to 2."""
    low, high = ops.zeros_like(luminance), ops.ones_like(luminance) * 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        dark = _linear_xyz(rgb_of(middle))[1] < luminance
        low, high = ops.where(dark, middle, low), ops.where(dark, high, middle)
    return rgb_of((low + high) / 2)


def _luminance(lightness):
    f = (lightness + 16) / 116
    return ops.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2)


def _linear_xyz(rgb):
    linear = [ops.where(c <= 0.04045, c / 12.92, ((ops.maximum(c, 0.0) + 0.055) / 1.055) ** 2.4) for c in rgb]
    return [sum(float(m) * c for m, c in zip(row, linear, strict=True)) for row in lab.RGB_TO_XYZ]


def _ab_of_rgb(rgb):
    return _ab_of_xyz(*_linear_xyz(rgb))


def _ab_of_xyz(x, y, z):
    def f(t, white):
        t = t / float(white)
        return ops.where(t > (6 / 29) ** 3, ops.maximum(t, 1e-6) ** (1 / 3), t / (3 * (6 / 29) ** 2) + 4 / 29)

    fx, fy, fz = (f(t, white) for t, white in zip((x, y, z), lab.WHITE, strict=True))
    return ops.stack([500 * (fx - fy), 200 * (fy - fz)], axis=-1)
