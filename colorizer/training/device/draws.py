"""Random numbers for one picture of a batch, in JAX, with the methods that a NumPy generator would be used with."""

import math

import jax
import jax.numpy as jnp

COUNT = 128
"""Numbers drawn for a picture, in one go: compiling one call of the generator is much faster than compiling forty."""


class TooManyDrawsError(RuntimeError):
    """A picture needs more random numbers than `COUNT`."""


class Draws:
    """Random numbers from one key of JAX: scalars, or arrays of a given shape.

    Raises:
        TooManyDrawsError: by every method but `noise`, when more than `COUNT` numbers are needed.
    """

    def __init__(self, key):
        numbers_key, self._noise_key = jax.random.split(key)
        self._numbers, self._taken = jax.random.uniform(numbers_key, (COUNT,)), 0

    def uniform(self, low=0.0, high=1.0, shape: tuple[int, ...] = ()):
        start, self._taken = self._taken, self._taken + math.prod(shape)
        if self._taken > COUNT:
            raise TooManyDrawsError(f"A picture may need up to {COUNT} random numbers. Received {self._taken}.")
        return low + (high - low) * self._numbers[start : self._taken].reshape(shape)

    def chance(self, probability: float, shape: tuple[int, ...] = ()):
        """True with this probability."""
        return self.uniform(shape=shape) < probability

    def integer(self, low, high, shape: tuple[int, ...] = ()):
        """A whole number from `low` to `high` - 1."""
        number = jnp.floor(self.uniform(low, high, shape)).astype(jnp.int32)
        return jnp.minimum(number, high - 1)  # rounding may give `high`

    def normal(self, scale=1.0, shape: tuple[int, ...] = ()):
        """Normally distributed with mean 0 and standard deviation `scale`."""
        return scale * jax.scipy.special.ndtri(self.uniform(1e-7, 1.0, shape))

    def noise(self, shape: tuple[int, ...]):
        """Standard normal noise of any size. Every call gives the same: to be used once."""
        return jax.random.normal(self._noise_key, shape)
