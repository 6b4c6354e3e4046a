"""Files that users provide: from their own device, or from a folder on the server that an organizer names."""

from collections.abc import Iterable, Sequence

import streamlit as st

UPLOAD, FOLDER = "From this device", "A folder on this server"
UPLOAD_MEGABYTES = 200
"""Largest file that any form takes, as `server.maxUploadSize` in `.streamlit/config.toml` says."""
PHOTOGRAPH_MEGABYTES = 100
"""Largest photograph."""


def file_types(suffixes: Iterable[str]) -> list[str]:
    """Return suffixes such as `.jpg` in the form that `st.file_uploader` takes."""
    return sorted(suffix.removeprefix(".") for suffix in suffixes)


def ask_files(label: str, suffixes: Iterable[str], key: str) -> Sequence:
    """Ask for any number of files from the organizer's own device; what is larger can lie in a folder on the server."""
    return st.file_uploader(
        label, file_types(suffixes), accept_multiple_files=True, max_upload_size=UPLOAD_MEGABYTES, key=key
    )
