"""User accounts: users, their sign-in, and the history of the pictures they coloured.

`accounts` uses a database and a folder. It does not import Streamlit, `colorizer` or `study`; pictures are passed as
bytes.
"""


class AccountsError(Exception):
    """Base class of this package's errors. The message can be shown to a visitor and never contains a password."""
