"""Whose word counts for where a visitor comes from: only that of the proxies in HUESTORY_TRUSTED_PROXIES."""

import uvicorn.config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from storage.settings import trusted_proxies


class TrustedProxies(ProxyHeadersMiddleware):
    """uvicorn's own middleware for X-Forwarded-For and X-Forwarded-Proto, with our setting for whom to believe."""

    def __init__(self, app, trusted_hosts=()):
        super().__init__(app, trusted_proxies())


def trust_only_the_proxies_of_the_setting() -> None:
    """Call this while the app is imported.

    uvicorn believes every program on this machine, and reads its setting for that (FORWARDED_ALLOW_IPS) before it
    imports the app; Streamlit has no setting for it. It takes the class from here afterwards.
    """
    uvicorn.config.ProxyHeadersMiddleware = TrustedProxies
