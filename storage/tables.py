"""Tables as CSV: UTF-8, one header line, then one line per row."""

import csv
import io
import os
from collections.abc import Iterable, Sequence

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Characters with which a cell begins that a spreadsheet may take for a formula; the last four are their wide forms
(https://owasp.org/www-community/attacks/CSV_Injection)."""


def format_csv(rows: Iterable[dict], columns: Sequence[str], number: str = "") -> str:
    """Format a table as CSV text.

    Args:
        rows: column name -> value; a missing column gives an empty cell.
        number: format specification for floats, as for `format`; "" uses Python's default.

    Raises:
        ValueError: a row has a column that is not in `columns`.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: format(v, number) if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return stream.getvalue()


def write_csv(path: os.PathLike | str, rows: Iterable[dict], columns: Sequence[str], number: str = "") -> None:
    """Write a table to a file, which may be a device such as /dev/stdout; see `format_csv`.

    Raises:
        OSError: the disk is full, or the folder is missing or not writable.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(format_csv(rows, columns, number))


def no_formula(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet could read it as a formula; for cells with free text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def mark_text(text: str) -> str:
    """Like `no_formula`, for tables that are read again: `unmark_text` gives back exactly this text."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def unmark_text(text: str) -> str:
    """The text that `mark_text` made safe.

    >>> unmark_text(mark_text("=1+1")), unmark_text("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
