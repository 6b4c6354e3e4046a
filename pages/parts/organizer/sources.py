"""The sources of pictures for a new study."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts.organizer import form
from pages.parts.organizer.order import save_uploads
from pages.parts.uploads import FOLDER, UPLOAD, ask_files
from study.pool.photos import EXTENSIONS, SAMPLES

BUILT_IN = "The built-in samples (a demonstration)"


@dataclass(frozen=True)
class Source:
    """Where pictures come from, as entered in the form."""

    kind: str
    files: Sequence
    path: str

    @property
    def given(self) -> bool:
        return bool(self.files or self.path.strip() or self.kind == BUILT_IN)

    def keep(self, folder: Path, name: str) -> str:
        """Return the source as an order names it; uploads are saved in the order's folder under this name.

        Raises:
            OrderError: there are no files, or a ZIP among other files.
            OSError: the file could not be written.
        """
        if self.kind == BUILT_IN:
            return SAMPLES
        if self.kind == FOLDER:
            return str(Path(self.path.strip()).expanduser())
        return save_uploads(folder, name, self.files)


def ask_source(label: str, name: str, kinds: list[str]) -> Source:
    """Ask for files from the browser, or for a path on the server if they are too large to upload."""
    kind = st.radio(label, kinds, horizontal=True, key=form.key(f"{name}_kind"))
    files, path = [], ""
    if kind == UPLOAD:
        files = ask_files(f"{label}: all files at once, or one ZIP", {*EXTENSIONS, ".zip"}, form.key(f"{name}_files"))
    elif kind == FOLDER:
        path = st.text_input(f"{label}: folder or ZIP on the server", key=form.key(f"{name}_path"))
    return Source(kind, files, path)
