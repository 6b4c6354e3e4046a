"""`captions.csv`: captions of the photographs in a folder, and the order in which they are shown.

One row per photograph, in the order in which they are shown; all columns but `file` may be missing or empty. UTF-8 with
or without a byte order mark, with commas or, as some spreadsheets write, semicolons. The texts come from unknown
people, so the code that shows them must escape them.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import PurePosixPath
from urllib.parse import urlsplit

NAME = "captions.csv"
MAX_BYTES = 4 * 1024**2
MAX_LENGTH = 4000
"""Most characters in one field."""


class CaptionsError(ValueError):
    """A file of captions cannot be used; the message says where and why."""


class CaptionsEncodingError(CaptionsError):
    """The file is not UTF-8 text, or is too long."""


class CaptionColumnsError(CaptionsError):
    """The first line does not name the columns."""


class CaptionRowError(CaptionsError):
    """A line is wrong: too many fields, a field that is too long, or a photograph that has a line already."""


class CaptionUrlError(CaptionsError):
    """A link is not a web address."""


class UnknownFileError(CaptionsError):
    """A line names a photograph that does not exist."""


@dataclass(frozen=True)
class Caption:
    """The caption of a photograph; every field may be empty.

    Raises:
        CaptionRowError: a field is too long.
        CaptionUrlError: `url` is not a web address.
    """

    title: str = ""
    year: str = ""
    """As the archive writes it: `1936`, `about 1939`."""
    photographer: str = ""
    credit: str = ""
    licence: str = ""
    url: str = ""
    """Where the photograph comes from: an http or https address."""
    text: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            if len(getattr(self, field.name)) > MAX_LENGTH:
                raise CaptionRowError(f"{field.name} may have {MAX_LENGTH} characters. Received more: shorten it.")
        if self.url and not is_web_address(self.url):
            raise CaptionUrlError(
                f"url must be a web address that begins with https:// or http://. Received {self.url[:100]!r}."
            )


COLUMNS = ("file", *(field.name for field in fields(Caption)))


def is_web_address(url: str) -> bool:
    """Whether a link leads to a website and does nothing else.

    >>> is_web_address("https://www.loc.gov/item/2017762891/"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False


def read_captions(data: bytes, files: Iterable[str] | None = None) -> dict[str, Caption]:
    """Captions by file name, in the order of the rows.

    Args:
        data: content of the CSV file.
        files: the existing photographs. A row may name one by its path, or by its last part if no other photograph has
            the same; case is ignored. The result has the names as given here. None takes every name as it is.

    Raises:
        CaptionsError: one of its subclasses; the message has the number of the line.
    """
    rows = csv.reader(io.StringIO(_decode(data), newline=""), delimiter=_delimiter(data), strict=True)
    find = None if files is None else _finder(files)
    captions: dict[str, Caption] = {}
    try:
        columns = _check_columns(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                file, caption = _parse(columns, row, find)
                if file in captions:
                    raise CaptionRowError(f"a photograph has one row. Received {file!r} again.")
                captions[file] = caption
    except csv.Error as error:
        raise CaptionRowError(f"{NAME}, line {rows.line_num}: it is no sound CSV: {error}.") from error
    except CaptionsError as error:
        raise type(error)(f"{NAME}, line {max(1, rows.line_num)}: {error}") from error
    return captions


def write_captions(captions: Mapping[str, Caption]) -> bytes:
    """The content of the file that `read_captions` reads; its byte order mark tells spreadsheets that it is UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows((file, *astuple(caption)) for file, caption in captions.items())
    return stream.getvalue().encode("utf-8-sig")


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise CaptionsEncodingError(f"{NAME} may have {MAX_BYTES // 1024**2} MB. Received {len(data):,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CaptionsEncodingError(
            f"{NAME}, line {line}: the file must be UTF-8. Received the byte {data[error.start]:#04x}: save it as "
            "“CSV UTF-8”."
        ) from error


def _delimiter(data: bytes) -> str:
    head = data.split(b"\n", 1)[0]
    return ";" if b";" in head and b"," not in head else ","


def _check_columns(header: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    unknown = [name for name in columns if name not in COLUMNS]
    if "file" not in columns or unknown or len(set(columns)) < len(columns):
        raise CaptionColumnsError(
            f"the first line must name columns out of {', '.join(COLUMNS)}, `file` among them, each once. "
            f"Received {', '.join(header)[:200] or 'an empty line'}."
        )
    return columns


def _parse(columns: list[str], row: list[str], find: Callable[[str], str | None] | None) -> tuple[str, Caption]:
    if len(row) > len(columns):
        raise CaptionRowError(
            f"a line has {len(columns)} fields. Received {len(row)}: put a text with commas in quotes."
        )
    values = {name: cell.strip() for name, cell in zip(columns, row, strict=False)}
    named = values.pop("file", "")
    if not named:
        raise CaptionRowError("a line must name a file. Received none.")
    file = find(named) if find else named
    if file is None:
        raise UnknownFileError(f"there is no photograph called {named[:200]!r}. Add it, or delete the line.")
    return file, Caption(**values)


def _finder(files: Iterable[str]) -> Callable[[str], str | None]:
    """A function that finds a photograph by its path, or by its last part if no other photograph has the same."""
    by_path = {_plain(file): file for file in files}
    counts = Counter(PurePosixPath(path).name for path in by_path)
    by_last_part = {name: file for path, file in by_path.items() if counts[name := PurePosixPath(path).name] == 1}
    return lambda named: by_path.get(_plain(named)) or by_last_part.get(PurePosixPath(_plain(named)).name)


def _plain(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./").casefold()
