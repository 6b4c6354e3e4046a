import pytest


@pytest.fixture
def eagerly():
    """Run training steps eagerly: this takes about a second, while tracing a graph takes about twenty."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
