"""An incomplete download: the bytes received so far, and the version of the file that they belong to."""

from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path


class PartialFile:
    """The file `NAME.part` beside the path of the complete file, and its version in `NAME.part.version`.

    Args:
        path: the path of the complete file.
    """

    def __init__(self, path: Path):
        self.path = path.with_name(f"{path.name}.part")
        self._version_path = path.with_name(f"{path.name}.part.version")

    @property
    def size(self) -> int:
        """Bytes received; 0 if there is no file."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's name of the version, as from `version_of`; empty if there is none."""
        return self._version_path.read_text(encoding="ascii") if self._version_path.exists() else ""

    def begin(self, version: str) -> None:
        """Start again with an empty file. The old version is deleted first, so that it is never beside new bytes."""
        self.forget()
        self.path.touch()
        if version:
            self._version_path.write_text(version, encoding="ascii")

    def forget(self) -> None:
        """Delete both files."""
        self._version_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def version_of(headers: Message) -> str:
    """The value for the header `If-Range` that names this version of a file; empty if there is none that may be used.

    RFC 9110, section 13.1.5 (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5): a strong ETag; or, if the
    server gives no ETag at all, a Last-Modified that is at least a second older than the answer.
    """
    tag, modified = headers.get("ETag"), headers.get("Last-Modified", "")
    if tag is not None:
        return tag if tag.startswith('"') and tag.isascii() and tag.isprintable() else ""
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(modified)
    except (ValueError, TypeError):  # one of the two is missing, is not a date, or has no time zone
        return ""
    return modified if age >= timedelta(seconds=1) else ""
