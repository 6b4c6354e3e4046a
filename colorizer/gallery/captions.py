"""`captions.csv`: captions of the photographs in a folder, and the order in which they are shown.

One row per photograph, in the order in which they are shown; all columns but `file` may be missing or empty. Any
spreadsheet's table is read (see `spreadsheet`); UTF-8 with commas is written. The texts come from unknown people, so
the code that shows them must escape them; what a spreadsheet would take for a formula is written with an apostrophe in
front, which is taken away again when it is read.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from colorizer.gallery import spreadsheet
from colorizer.imaging.formats import name_key
from storage.tables import mark_text, unmark_text

NAME = "captions.csv"
MAX_BYTES = 4 * 1024**2
"""Most bytes of a table, read or written."""

MAX_LENGTH = 4000
"""Most characters in one field."""

MAX_REMARKS = 20
"""Most rows of which users are told why they were left out."""


class CaptionsError(ValueError):
    """A file of captions cannot be used; the message says where and why."""


class CaptionsEncodingError(CaptionsError):
    """The file is, or would be, too long."""


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


@dataclass(frozen=True)
class Table:
    """A table of captions, as far as it can be used."""

    captions: dict[str, Caption]
    """By file name, in the order of the rows."""
    problems: tuple[CaptionsError, ...] = ()
    """What is wrong with single rows, which were left out, or with a link, which alone was."""
    ignored: tuple[str, ...] = ()
    """Headings of columns that say nothing we know."""

    def remarks(self) -> dict[str, str]:
        """What was left out and why, for users: at most `MAX_REMARKS` rows, then their number."""
        told = {f"{NAME}, column {heading[:80]}": f"it is none of {', '.join(COLUMNS)}." for heading in self.ignored}
        for problem in self.problems[:MAX_REMARKS]:
            where, _, what = str(problem).partition(": ")
            told[where] = what
        if len(self.problems) > MAX_REMARKS:
            told[f"{NAME}, {len(self.problems) - MAX_REMARKS} more rows"] = "see those above."
        return told


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


def read_captions(data: bytes, files: Iterable[str] | None = None, of_any_size: bool = False) -> dict[str, Caption]:
    """Captions by file name, in the order of the rows; see `read_table`.

    Raises:
        CaptionsError: one of its subclasses, for the first thing that is wrong; the message has the number of the line.
    """
    table = read_table(data, files, of_any_size)
    if table.problems:
        raise table.problems[0]
    return table.captions


def read_table(data: bytes, files: Iterable[str] | None = None, of_any_size: bool = False) -> Table:
    """The captions of a table; a row that is wrong is left out and reported.

    Args:
        data: content of the CSV file.
        files: the existing photographs. A row may name one by its path, or by its last part, or that without extension,
            if no other photograph has the same; case, Unicode form and spaces at the ends are ignored unless a name
            is exactly the same. The result has the names as given here. None takes every name as it is.
        of_any_size: whether `data` may have more than `MAX_BYTES`.

    Raises:
        CaptionsError: one of its subclasses: the table as a whole cannot be used.
    """
    if not of_any_size:
        check_size(data)
    find = str.strip if files is None else _finder(files)
    rows, broken = [], []
    try:
        rows.extend(spreadsheet.read_rows(spreadsheet.decode(data)))
    except csv.Error as error:
        line = rows[-1][0] + 1 if rows else 1
        broken.append(CaptionRowError(f"{NAME}, line {line}: from here on it is no sound CSV: {error}."))
    (_, header), *rows = rows or [(1, [])]
    columns, ignored = spreadsheet.find_columns(
        header, [row for _, row in rows], lambda cell: files is not None and bool(cell) and find(cell) is not None
    )
    if "file" not in columns:
        if broken:
            raise broken[0]
        raise CaptionColumnsError(
            f"{NAME}, line 1: the first line must name columns out of {', '.join(COLUMNS)}, `file` among them. "
            f"Received {', '.join(header).strip()[:200] or 'an empty line'}."
        )
    captions, problems = _read_rows(rows, len(header), columns, find)
    return Table(captions, (*problems, *broken), tuple(ignored))


def _read_rows(
    rows: Iterable[tuple[int, list[str]]], width: int, columns: Mapping[str, int], find: Callable[[str], str | None]
) -> tuple[dict[str, Caption], list[CaptionsError]]:
    """The captions of the rows, and what is wrong with the others."""
    captions: dict[str, Caption] = {}
    problems: list[CaptionsError] = []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            file, values = _check_row(row, width, columns, find)
            if file in captions:
                raise CaptionRowError(f"a photograph has one row. Received {file!r} again.")
            try:
                captions[file] = Caption(**values)
            except CaptionUrlError as error:
                captions[file] = Caption(**{**values, "url": ""})
                raise CaptionUrlError(f"{error} The rest of the row was taken.") from error
        except CaptionsError as error:
            problems.append(type(error)(f"{NAME}, line {line}: {error}"))
    return captions, problems


def write_captions(captions: Mapping[str, Caption]) -> bytes:
    """The content of the file that `read_captions` reads; its byte order mark tells spreadsheets that it is UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows(map(mark_text, (file, *astuple(caption))) for file, caption in captions.items())
    return stream.getvalue().encode("utf-8-sig", errors="replace")


def check_size(data: bytes, present: int = 0) -> None:
    """Raise CaptionsEncodingError if a table has more than `MAX_BYTES`, and more than the `present` one."""
    max_bytes = max(MAX_BYTES, present)
    if len(data) > max_bytes:
        raise CaptionsEncodingError(
            f"{NAME} may have {max_bytes / 1024**2:.3g} MB. Received {len(data):,} bytes: shorten some texts."
        )


def _check_row(
    row: list[str], width: int, columns: Mapping[str, int], find: Callable[[str], str | None]
) -> tuple[str, dict[str, str]]:
    """The photograph that a row names, and its values."""
    if any(cell.strip() for cell in row[width:]):
        raise CaptionRowError(f"a line has {width} fields. Received {len(row)}: put a text with commas in quotes.")
    values = {name: unmark_text(cell.strip()) for name, cell in spreadsheet.values_of(row, columns).items()}
    del values["file"]
    named = unmark_text(spreadsheet.values_of(row, columns)["file"])
    if not named.strip():
        raise CaptionRowError("a line must name a file. Received none.")
    file = find(named)
    if file is None:
        raise UnknownFileError(f"there is no photograph called {named[:200]!r}. Add it, or delete the line.")
    if values.get("url", "").casefold().startswith("www."):
        values["url"] = f"https://{values['url']}"
    return file, values


def _finder(files: Iterable[str]) -> Callable[[str], str | None]:
    """A function that finds a photograph by its path or, if it is unique, its last part, also without extension."""
    files = list(files)
    exactly, by_path = set(files), {_plain(file): file for file in files}
    by_last_part = _unique((PurePosixPath(path).name, file) for path, file in by_path.items())
    by_stem = _unique((PurePosixPath(path).stem, file) for path, file in by_path.items())

    def find(named: str) -> str | None:
        if named in exactly:
            return named
        path = _plain(named)
        last = PurePosixPath(path).name
        return by_path.get(path) or by_last_part.get(last) or by_stem.get(last)

    return find


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose first part no other has."""
    pairs = list(pairs)
    counts = Counter(name for name, _ in pairs)
    return {name: file for name, file in pairs if counts[name] == 1}


def _plain(name: str) -> str:
    return name_key(name.strip().replace("\\", "/").removeprefix("./"))
