"""Import Keras and its backend for command lines without the messages that they print."""

import importlib
import os


def import_keras() -> None:
    """Import Keras and its backend without output; for command lines, before anything else imports them.

    Their libraries write to standard error directly, not through Python, and whatever their settings. So standard error
    is discarded during the import. A server should not do this, since it silences all threads.
    """
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        importlib.import_module("keras")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
