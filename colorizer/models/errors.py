"""Errors about models that occur before weights are loaded; a person can correct each of them."""


class UnknownModelError(ValueError):
    """No model of that name is registered."""


class EncoderError(ValueError):
    """Encoder weights are missing, or do not fit the model."""


class HyperparameterError(ValueError):
    """A model has no such hyper-parameter, or does not accept that value."""


class MissingExtraError(RuntimeError):
    """A model needs a library that is not part of the installation."""
