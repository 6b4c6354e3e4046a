import re
from pathlib import Path

import pytest

from storage import settings
from storage.settings import SettingError
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
TABLE = re.findall(r"^\| `(HUESTORY_\w+)` \| .* \| (.*) \|$", README.split("## Settings")[1], re.MULTILINE)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for setting in settings.SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)


def test_defaults():
    assert settings.data_folder() == Path.home() / ".huestory"
    assert settings.max_pixels() == 64_000_000
    assert settings.history_quota() == 500_000_000
    assert settings.workers() is None
    assert settings.organizer_password() == settings.database_url() == ""


@pytest.mark.parametrize(
    ("name", "value", "read", "expected"),
    [
        ("HUESTORY_DATA", "/srv/huestory", settings.data_folder, Path("/srv/huestory")),
        ("HUESTORY_DATA", "~/pictures", settings.data_folder, Path.home() / "pictures"),
        ("HUESTORY_MAX_PIXELS", "100", settings.max_pixels, 100),
        ("HUESTORY_HISTORY_MB", "7", settings.history_quota, 7_000_000),
        ("HUESTORY_HISTORY_MB", "0", settings.history_quota, 0),
        ("HUESTORY_HISTORY_TOTAL_MB", "7", settings.history_total, 7_000_000),
        ("HUESTORY_WORKERS", "3", settings.workers, 3),
        ("HUESTORY_UPLOADS_MB", "3", settings.uploads_bytes, 3_000_000),
        ("HUESTORY_ACCOUNTS", "3", settings.most_accounts, 3),
        (
            "HUESTORY_TRUSTED_PROXIES",
            "127.0.0.1, 10.0.0.0/8,::1",
            settings.trusted_proxies,
            ["127.0.0.1", "10.0.0.0/8", "::1"],
        ),
        ("HUESTORY_ORGANIZER_PASSWORD", "a secret", settings.organizer_password, "a secret"),
        ("HUESTORY_DATABASE_URL", "sqlite:///x.db", settings.database_url, "sqlite:///x.db"),
    ],
)
def test_a_setting_is_read_anew_each_time_and_an_empty_one_is_unset(monkeypatch, name, value, read, expected):
    default = read()
    monkeypatch.setenv(name, value)
    assert read() == expected
    monkeypatch.setenv(name, "")
    assert read() == default


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        *(("HUESTORY_MAX_PIXELS", value, settings.max_pixels) for value in ("lots", "0", "-1", "6e7", "1.5")),
        *(("HUESTORY_UPLOADS_MB", value, settings.uploads_bytes) for value in ("many", "0", "9" * 5000)),
        ("HUESTORY_ACCOUNTS", "-1", settings.most_accounts),
        *(("HUESTORY_TRUSTED_PROXIES", value, settings.trusted_proxies) for value in ("*", "proxy", "10.0.0.1/8")),
        *(("HUESTORY_WORKERS", value, settings.workers) for value in ("many", "0", "-1", "1.5")),
        ("HUESTORY_HISTORY_TOTAL_MB", "much", settings.history_total),
        *(("HUESTORY_HISTORY_MB", value, settings.history_quota) for value in ("many", "-1", "0.5")),
        ("HUESTORY_DATA", "~nobody-of-this-name/x", settings.data_folder),
        ("HUESTORY_DATA", __file__, settings.data_folder),
    ],
)
def test_a_wrong_value_is_named_with_its_rule_and_what_to_do(monkeypatch, name, value, read):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=f"{name} must .* Received '{re.escape(value)}': change it, or unset"):
        read()


def test_the_table_of_the_readme_has_the_same_names_and_defaults():
    names = [setting.name for setting in settings.SETTINGS]
    assert [name for name, _ in TABLE] == names
    assert set(re.findall(r"HUESTORY_\w+", README)) == set(names)
    for setting, (_, shown) in zip(settings.SETTINGS, TABLE, strict=True):
        if setting.default:
            assert shown == f"`{setting.default}`"
        else:
            assert not re.fullmatch(r"`[^`]*`", shown), "a default that is a value belongs into the code"


def test_no_other_module_reads_our_variables_from_the_environment():
    for room in ("app.py", "pages", "colorizer", "study", "accounts", "storage"):
        for path in (ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else [ROOT / room]:
            assert not re.search(r"\b(environ|getenv)\b.*HUESTORY_", path.read_text()), path


@pytest.mark.parametrize("name", ["HUESTORY_MAX_PIXELS", "HUESTORY_UPLOADS_MB", "HUESTORY_TRUSTED_PROXIES"])
def test_a_server_checks_all_settings_when_it_starts(monkeypatch, name):
    settings.check()
    monkeypatch.setenv(name, "nonsense")
    with pytest.raises(SettingError, match=name):
        settings.check()
