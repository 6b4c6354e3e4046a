"""Addresses of our own pages and pictures, for this browser and for sharing with other people."""

import socket
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

LOOPBACK = ("localhost", "127.0.0.1", "::1", None)
GALLERY_PICTURES = "gallery-pictures"
"""First part of the path to a gallery's pictures."""
PREVIEW = "preview"
"""Name of the query parameter that holds the preview key of a draft gallery."""


def link_to(page: str, label: str, **query: str) -> None:
    """Show a link to another page that keeps the visitor's session; nothing if the page runs without `app.py`."""
    with suppress(StreamlitPageNotFoundError):
        st.page_link(f"pages/{page}.py", label=label, query_params=query or None)


def this_page() -> str:
    """Return the address in the visitor's browser."""
    return st.context.url or "http://localhost:8501"


def is_local(address: str) -> bool:
    """Return whether an address works only on this machine."""
    return urlsplit(address).hostname in LOOPBACK


def share_address(page: str, study: str) -> str:
    """Return the survey's address for other devices.

    Example:
        >>> share_address("https://study.example.org/app/organizer", "cats")
        'https://study.example.org/app/survey?study=cats'
    """
    return page_address(page, "survey", study=study)


def page_address(page: str, name: str, **query: str) -> str:
    """Return another page's address for other devices: a loopback host is replaced by this machine's network address.

    Args:
        page: address of the organizer's page.
        name: name of the other page.
    """
    parts = urlsplit(page)
    host = parts.netloc
    if parts.hostname in LOOPBACK:
        host = network_address() + (f":{parts.port}" if parts.port else "")
    path = f"{parts.path.rstrip('/').removesuffix('/organizer')}/{name}"
    return urlunsplit((parts.scheme, host, path, urlencode(query), ""))


def network_address() -> str:
    """Return this machine's address in its network, or "localhost" if it has none; no data is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation; connecting UDP only chooses a route
            return probe.getsockname()[0]
        except OSError:
            return "localhost"
