"""Exit statuses, and the error that ends a command with the message of wrong usage."""

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130


class UsageError(Exception):
    """The command cannot be carried out as it was given."""
