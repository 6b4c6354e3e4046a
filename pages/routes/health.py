"""`/healthz`: whether this server can do its work, for whoever watches over it or sends visitors to it.

Streamlit's own `/_stcore/health` says only that the process runs.
"""

from functools import cache
from logging import getLogger

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accounts.database import database_url, open_database
from colorizer import DEFAULT_MODEL, weights
from pages.routes.posting import base_path, reply
from storage.files import check_room
from storage.settings import data_folder

CHECKS = ("disk", "database", "model")


def health_routes(prefix: str = "") -> list[Route]:
    """Return the route for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [Route(f"{base_path(prefix)}/healthz", health, methods=["GET"])]


def health(request: Request) -> Response:
    """Reply with 200, or 503 if something fails: which of `CHECKS` is well. Why one is not stands in the log alone."""
    found = {name: _is_well(name) for name in CHECKS}
    return reply(found, 200 if all(found.values()) else 503)


def _is_well(name: str) -> bool:
    try:
        {"disk": _check_disk, "database": _check_database, "model": _check_model}[name]()
    except Exception as error:  # whatever it is, the server is not well
        getLogger(__name__).error("%s: %s", name, error)
        return False
    return True


def _check_disk() -> None:
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    check_room(folder, 0)
    probe = folder / ".huestory-health.part"
    probe.write_bytes(b"well")
    probe.unlink(missing_ok=True)


def _check_database() -> None:
    with open_database(database_url()).transaction() as connection:
        connection.execute(text("SELECT 1"))


@cache
def _check_model() -> None:
    """Check the default network's weights; once, as they are large."""
    weights.check(weights.weights_path(DEFAULT_MODEL), DEFAULT_MODEL)
