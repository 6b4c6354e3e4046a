"""What everything else stands on: the settings, files that a crash cannot halve, journals, and the SQL engine.

`storage` knows a disk, an environment and a database: no pictures, no votes, no people, no Streamlit.
"""


class StorageError(Exception):
    """Base of every refusal of this package; its message is fit for an operator: rule, value received, what to do."""
