"""The settings: all environment variables that begin with HUESTORY_ are read and checked here.

Each function reads its variable at every call, so a change takes effect at the next call. An empty variable counts as
unset. The table "Settings" in the README lists the same names and defaults.

pydantic-settings was tested for this and not used: importing it takes 0.3 s, a third of the time of `import colorizer`,
to convert four values; it installs six packages of 11 MB; and its messages name a field and a web page instead of the
variable and what to do.
"""

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from storage import StorageError


class SettingError(StorageError, ValueError):
    """An environment variable holds a value that cannot be used."""


@dataclass(frozen=True)
class Setting:
    """One environment variable."""

    name: str
    default: str = ""
    """Value used when the variable is unset; "" if the default is a rule and not a value (see the README)."""

    def read(self) -> str:
        return os.environ.get(self.name) or self.default

    def error(self, rule: str) -> SettingError:
        unset = f" for the default, {self.default}" if self.default else ""
        return SettingError(f"{self.name} must {rule}. Received {self.read()!r}: change it, or unset it{unset}.")


DATA = Setting("HUESTORY_DATA", "~/.huestory")
EXPORTS = Setting("HUESTORY_EXPORTS")
DATABASE_URL = Setting("HUESTORY_DATABASE_URL")
HISTORY_MB = Setting("HUESTORY_HISTORY_MB", "500")
HISTORY_TOTAL_MB = Setting("HUESTORY_HISTORY_TOTAL_MB", "50000")
MAX_PIXELS = Setting("HUESTORY_MAX_PIXELS", "64000000")
ORGANIZER_PASSWORD = Setting("HUESTORY_ORGANIZER_PASSWORD")
WORKERS = Setting("HUESTORY_WORKERS")
UPLOADS_MB = Setting("HUESTORY_UPLOADS_MB", "2000")
ACCOUNTS = Setting("HUESTORY_ACCOUNTS", "10000")
TRUSTED_PROXIES = Setting("HUESTORY_TRUSTED_PROXIES")

SETTINGS = (
    MAX_PIXELS, WORKERS, DATA, ORGANIZER_PASSWORD, DATABASE_URL, HISTORY_MB, HISTORY_TOTAL_MB, EXPORTS,
    UPLOADS_MB, ACCOUNTS, TRUSTED_PROXIES,
)  # fmt: skip
"""All settings, in the order of the README's table."""


def data_folder() -> Path:
    """HUESTORY_DATA: the folder of studies, galleries, downloads, accounts and the pictures that people keep.

    It need not exist yet. The default is fixed by the documentation, so it does not depend on the platform.

    Raises:
        SettingError: the path begins with `~NAME` and this user has no home folder, or the path is a file.
    """
    try:
        folder = Path(DATA.read()).expanduser()
    except RuntimeError as error:
        raise DATA.error("name a folder, and whoever stands behind its ~ must have a home folder") from error
    if folder.is_file():
        raise DATA.error("name a folder, and there is a file of this name")
    return folder


def exports_folder() -> Path:
    """HUESTORY_EXPORTS: the folder of the networks in the form in which they run; by default in the data folder.

    It need not exist yet.

    Raises:
        SettingError: as for `data_folder`.
    """
    return Path(EXPORTS.read()).expanduser() if EXPORTS.read() else data_folder() / "exports"


def database_url() -> str:
    """HUESTORY_DATABASE_URL: the database of votes and accounts, or "" for files. `storage.engine` checks the value."""
    return DATABASE_URL.read()


def history_quota() -> int:
    """HUESTORY_HISTORY_MB in bytes: how much one person may keep; 0 turns accounts off.

    Raises:
        SettingError: the value is not a whole number from 0.
    """
    return 1000**2 * _whole_number(HISTORY_MB, 0, "be a whole number of megabytes from 0")


def history_total() -> int:
    """HUESTORY_HISTORY_TOTAL_MB in bytes: how much all people together may keep.

    Raises:
        SettingError: the value is not a whole number from 0.
    """
    return 1000**2 * _whole_number(HISTORY_TOTAL_MB, 0, "be a whole number of megabytes from 0")


def uploads_bytes() -> int:
    """HUESTORY_UPLOADS_MB in bytes: how much uploads may take in the server's memory, of all visitors together.

    Raises:
        SettingError: the value is not a whole number above 0.
    """
    return 1000**2 * _whole_number(UPLOADS_MB, 1, "be a whole number of megabytes above 0")


def most_accounts() -> int:
    """HUESTORY_ACCOUNTS: how many people may have an account here.

    Raises:
        SettingError: the value is not a whole number from 0.
    """
    return _whole_number(ACCOUNTS, 0, "be a whole number of accounts from 0")


def trusted_proxies() -> list[str]:
    """HUESTORY_TRUSTED_PROXIES: addresses or networks of the proxies whose X-Forwarded-For is believed; none if unset.

    Raises:
        SettingError: one of them is no internet address and no network.
    """
    proxies = [each.strip() for each in TRUSTED_PROXIES.read().split(",") if each.strip()]
    try:
        for each in proxies:
            ipaddress.ip_network(each)
    except ValueError as error:
        raise TRUSTED_PROXIES.error("list addresses or networks such as 127.0.0.1, 10.0.0.0/8") from error
    return proxies


def check() -> None:
    """Read every setting once, for the start of a server.

    Raises:
        SettingError: one of them is wrong.
    """
    for read in (
        data_folder, exports_folder, history_quota, history_total, max_pixels, workers, uploads_bytes, most_accounts,
        trusted_proxies,
    ):  # fmt: skip
        read()


def max_pixels() -> int:
    """HUESTORY_MAX_PIXELS: the largest number of pixels that a photograph may have.

    Raises:
        SettingError: the value is not a whole number above 0.
    """
    return _whole_number(MAX_PIXELS, 1, "be a whole number of pixels above 0")


def organizer_password() -> str:
    """HUESTORY_ORGANIZER_PASSWORD: the password for the organizer's pages; "" means that nobody can sign in."""
    return ORGANIZER_PASSWORD.read()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers() -> int | None:
    """HUESTORY_WORKERS: how many photographs a batch processes at a time; None if unset.

    Raises:
        SettingError: the value is not a whole number above 0.
    """
    return _whole_number(WORKERS, 1, "be a whole number above 0") if WORKERS.read() else None


def _whole_number(setting: Setting, least: int, rule: str) -> int:
    try:
        number = int(setting.read())
    except ValueError as error:
        raise setting.error(rule) from error
    if number < least:
        raise setting.error(rule)
    return number
