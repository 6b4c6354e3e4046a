"""Addresses of our own pages and pictures: as the browser asks for them, and as somebody elsewhere can open them."""

import socket
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

LOOPBACK = ("localhost", "127.0.0.1", "::1", None)
GALLERY_PICTURES = "gallery-pictures"
"""How the addresses of the pictures of galleries begin."""
PREVIEW = "preview"
"""What the key to the pictures of a draft is called in their addresses."""


def link_to(page: str, label: str, **query: str) -> None:
    """A link to another page that keeps what is on this one; none where a page is run without its router."""
    with suppress(StreamlitPageNotFoundError):
        st.page_link(f"pages/{page}.py", label=label, query_params=query or None)


def this_page() -> str:
    """The address in the visitor's browser."""
    return st.context.url or "http://localhost:8501"


def is_local(address: str) -> bool:
    """Whether an address works on this machine only."""
    return urlsplit(address).hostname in LOOPBACK


def share_address(page: str, study: str) -> str:
    """Where the survey is, seen from elsewhere.

    Example:
        >>> share_address("https://study.example.org/app/organizer", "cats")
        'https://study.example.org/app/survey?study=cats'
    """
    return page_address(page, "survey", study=study)


def page_address(page: str, name: str, **query: str) -> str:
    """Where another page is, seen from elsewhere: an address on this machine itself is told by its network address.

    Args:
        page: address of the organizer's page.
        name: of the other one.
    """
    parts = urlsplit(page)
    host = parts.netloc
    if parts.hostname in LOOPBACK:
        host = network_address() + (f":{parts.port}" if parts.port else "")
    path = f"{parts.path.rstrip('/').removesuffix('/organizer')}/{name}"
    return urlunsplit((parts.scheme, host, path, urlencode(query), ""))


def network_address() -> str:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation: only the route to it is chosen
            return probe.getsockname()[0]
        except OSError:
            return "localhost"
