"""Ask people which photographs are real, and count honestly.

`study` knows files and numbers: no network, no Streamlit, no `colorizer`. Whatever turns grey into colour is handed in.
"""


class StudyError(Exception):
    """Base of every refusal of this package; its message is fit for an organizer: rule, value, what to do."""
