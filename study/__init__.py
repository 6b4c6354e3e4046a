"""Studies in which people judge whether photographs are real or recoloured, and the analysis of their votes.

`study` uses files and numbers: no network, no Streamlit, no `colorizer`. The functions that colour are passed in.
"""


class StudyError(Exception):
    """Base class of this package's errors. The message is for an organizer: the rule, the value, what to do."""
