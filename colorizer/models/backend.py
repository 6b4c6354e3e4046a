"""Keras and its backend are slow to import and talk while they are: command lines import them in silence."""

import importlib
import os


def import_keras() -> None:
    """Import Keras and its backend in silence; for command lines, before anything else imports them.

    Their libraries greet on standard error, past Python and whatever they are told. A server should not do this: while
    it lasts, all threads are silent.
    """
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        importlib.import_module("keras")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
