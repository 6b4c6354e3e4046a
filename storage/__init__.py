"""The lowest layer of Huestory: settings, files written as a whole, journals, CSV tables and the SQL engine.

`storage` uses the disk, environment variables and a database. It contains nothing about pictures, votes, people or
Streamlit.
"""


class StorageError(Exception):
    """Base class of this package's errors. The message is for an operator: the rule, the value received, what to do."""
