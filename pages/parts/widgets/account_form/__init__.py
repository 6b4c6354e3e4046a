"""The account forms: HTML forms in the browser, sent to `account_routes`."""

from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from accounts.passwords import MIN_LENGTH
from colorizer.gallery import carousel

_HERE = Path(__file__).parent

_mount_form = st.components.v2.component(
    "huestory_account_form",
    html='<div class="account-form-place"></div>',
    css=(_HERE / "account_form.css").read_text(encoding="utf-8"),
    js=carousel.read("element.js")
    + (_HERE.parent / "time_limit.js").read_text(encoding="utf-8")
    + (_HERE / "account_form.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # some password managers ignore forms in a shadow tree
)


@dataclass(frozen=True)
class Field:
    """An `<input>` of a form; attributes have the same names as in HTML."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = "off"
    hint: str = ""
    value: str = ""
    hidden: bool = False


NAME = Field("name", "Name", autocomplete="username")
NEW_NAME = Field("name", "Name", autocomplete="username", hint="Only you will see it. It need not be your real one.")
PASSWORD = Field("password", "Password", "password", "current-password")


def new_password(name: str, label: str) -> Field:
    """Return a field for a new password; a password manager may propose one."""
    hint = f"At least {MIN_LENGTH} characters. A few unrelated words in a row are good."
    return Field(name, label, "password", "new-password", hint)


def account_form(action: str, submit: str, *fields: Field, leave: bool = False, done: str = "") -> str | None:
    """Show a form that goes to the route `account/ACTION`.

    Args:
        submit: label of its button.
        leave: reload the page afterwards, so that no data of the person stays in it.
        done: text that the form shows afterwards.

    Returns:
        The ticket of the reply, once, directly after a success; otherwise None, and for routes that give no ticket.
    """
    data = {"action": action, "submit": submit, "fields": [asdict(field) for field in fields]}
    result = _mount_form(
        key=f"account_form_{action}",
        data={**data, "leave": leave, "done": done},
        on_ticket_change=lambda: None,  # only values with a callback can be read from the result
    )
    return result.ticket
