"""Exit statuses, and the error that ends a command with status `USAGE`."""

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130


class UsageError(Exception):
    """The command cannot be run with these arguments."""
