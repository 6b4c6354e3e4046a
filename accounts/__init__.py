"""People who come back: users, their sign-in, and the history of what they coloured.

`accounts` knows a database and a folder: no Streamlit, no `colorizer`, no `study`. Pictures come and go as bytes.
"""


class AccountsError(Exception):
    """Base of every refusal of this package; its message is fit for a visitor and never repeats a password."""
