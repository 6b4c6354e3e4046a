"""Files that come in: from the visitor's own device, or from a folder on the server that an organizer names."""

from collections.abc import Iterable, Sequence

import streamlit as st

UPLOAD, FOLDER = "From this device", "A folder on this server"
UPLOAD_MEGABYTES = 1000


def file_types(suffixes: Iterable[str]) -> list[str]:
    """Suffixes such as `.jpg` as `st.file_uploader` wants them."""
    return sorted(suffix.removeprefix(".") for suffix in suffixes)


def ask_files(label: str, suffixes: Iterable[str], key: str) -> Sequence:
    """Any number of files from the organizer's own device, large archives among them."""
    return st.file_uploader(
        label, file_types(suffixes), accept_multiple_files=True, max_upload_size=UPLOAD_MEGABYTES, key=key
    )
