"""The constants and formulas of sRGB and CIE L*a*b* (D65, 2 degrees), for NumPy arrays and Keras tensors.

A function with the argument `xp` uses that module of array functions: `numpy` by default, or `keras.ops` inside a
network or where gradients are needed. It takes arrays of any shape and keeps their type.

Sources: IEC 61966-2-1 (sRGB); CIE 15:2004 (Lab).
"""

import numpy as np

RGB_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
"""Linear sRGB to CIE XYZ, D65 (Rec. 709 primaries), the digits that scikit-image uses."""

WHITE = RGB_TO_XYZ.sum(axis=1)
"""XYZ of sRGB white. Taken from the matrix, so that every grey has a* = b* = 0 exactly."""

RGB_TO_XYZ_NORM = (RGB_TO_XYZ / WHITE[:, None]).astype(np.float32)
"""Linear sRGB to CIE XYZ as shares of white."""

XYZ_NORM_TO_RGB = np.linalg.inv(RGB_TO_XYZ / WHITE[:, None]).astype(np.float32)
"""CIE XYZ as shares of white to linear sRGB."""

DELTA = 6 / 29
"""The curve of Lab is linear for shares of white up to DELTA³, and a cube root above (CIE 15:2004)."""

DARK_SLOPE, DARK_OFFSET = 3 * DELTA**2, 4 / 29
"""The linear part of the curve of Lab: share of white = DARK_SLOPE * (f - DARK_OFFSET)."""

SRGB_DARK = 12.92
"""Slope of the linear part of the sRGB curve, up to 0.0031308 in linear light and 0.04045 in encoded values."""


def srgb_to_linear(srgb, xp=np):
    """Undo the sRGB transfer curve: values in 0..1 to linear light in 0..1."""
    return xp.where(srgb <= 0.04045, srgb / SRGB_DARK, ((xp.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear, xp=np):
    """Apply the sRGB transfer curve: linear light in 0..1 to values in 0..1."""
    return xp.where(linear <= 0.0031308, linear * SRGB_DARK, 1.055 * xp.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def white_share_to_f(share, xp=np):
    """The curve of Lab: X, Y or Z as a share of white, 0..1, to f, about 0.14..1."""
    return xp.where(share > DELTA**3, xp.cbrt(share), share / DARK_SLOPE + DARK_OFFSET)


def f_to_white_share(f, xp=np):
    """Undo the curve of Lab: f to X, Y or Z as a share of white, 0..1."""
    cube = f * f * f
    if xp is np and (f > DELTA).all():  # true for most blocks of a photograph; takes a third of the time
        return cube
    return xp.where(f > DELTA, cube, (f - DARK_OFFSET) * DARK_SLOPE)


def f_to_lab(fx, fy, fz):
    """f of X, Y and Z to L* (0..100), a* and b*."""
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def lightness_to_f(lightness):
    """L* to f of Y."""
    return (lightness + 16) * (1 / 116)


def ab_to_f(fy, a, b):
    """f of Y, a* and b* to f of X and f of Z."""
    return a * (1 / 500) + fy, b * (-1 / 200) + fy


def lightness_to_luminance(lightness, xp=np):
    """L*, 0..100, to Y as a share of white, 0..1."""
    return f_to_white_share(lightness_to_f(lightness), xp)
