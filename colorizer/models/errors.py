"""What can go wrong with a model before its weights are loaded; a person can mend each of them."""


class UnknownModelError(ValueError):
    """No model of that name is registered."""


class EncoderError(ValueError):
    """Encoder weights are missing, or do not fit the model."""


class HyperparameterError(ValueError):
    """A model has no such hyper-parameter, or not with that value."""


class MissingExtraError(RuntimeError):
    """A model needs a library that is not part of the installation."""
