import pytest


@pytest.fixture
def eagerly():
    """Steps of training run one by one: it takes a second, where a graph of them takes twenty to be traced."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
