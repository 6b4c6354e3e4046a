"""Huestory: `streamlit run app.py` imports this file as the server, then runs it for every visitor."""

import sys
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from pages.parts.collector import spare_collector_after
from pages.parts.navigation import leave_language, words
from pages.parts.widgets.refused_uploads import tell_refused_uploads

PARTS = Path(__file__).parent / "pages" / "parts"
LOGO = (PARTS / "logo.svg").read_text(encoding="utf-8")
ICON = (PARTS / "icon.svg").read_text(encoding="utf-8")


def apologise(error: Exception) -> bool:
    """Tell the visitor that something failed; Streamlit has already written the traceback to the log."""
    t = words()
    st.error(t("Something went wrong on our side. Please reload the page and try again."), icon=":material/error:")
    return True


def show() -> None:
    """Show the requested page under the navigation bar; a kiosk at an exhibition has no bar.

    Participants of a study read the bar in their language, see `pages.parts.navigation`.
    """
    t = words()
    kiosk = st.query_params.get("kiosk") == "1"
    page = st.navigation(
        {  # no page icons: Streamlit would load them from another host to show them in the browser's tab
            "": [
                st.Page("pages/colorize.py", title=t("Colour"), url_path="start", default=True),
                st.Page("pages/film.py", title=t("Film")),
                st.Page("pages/gallery.py", title=t("Gallery")),
                st.Page("pages/photos.py", title=t("My photos")),
                # The start page also gets an address of its own, like the other pages.
                st.Page("pages/colorize.py", title=t("Colour"), url_path="colorize", visibility="hidden"),
            ],
            t("Research"): [
                st.Page("pages/survey.py", title=t("Real or recoloured?")),
                st.Page("pages/results.py", title=t("Results")),
                st.Page("pages/organizer.py", title=t("Run a study")),
                st.Page("pages/compare.py", title=t("Compare models")),
                st.Page("pages/models.py", title=t("How good is it?")),
            ],
        },
        position="hidden" if kiosk else "top",
    )
    if page.url_path != "survey":
        leave_language()
    st.set_page_config(page_title=f"{page.title} - Huestory", page_icon=ICON, layout="wide")
    if not kiosk:
        st.logo(LOGO, size="large")
    tell_refused_uploads()  # before the page, which may wait for the network
    with st.container(horizontal_alignment="center"), st.container(width=1200):
        try:
            page.run()
        finally:  # a page may stop early
            spare_collector_after(page.url_path)


if st.runtime.exists():
    show()
else:
    # Streamlit treats a folder named pages/ as its older kind of multi-page app. Without this line, the first visitor
    # of a new server who opens an inner page directly gets that page without our navigation.
    PagesManager.uses_pages_directory = False
    from pages.routes.guards.leaving import free_what_visitors_leave, let_threads_share_memory

    let_threads_share_memory()  # before NumPy and others start threads
    from pages.routes.account import account_routes
    from pages.routes.entry import entry_routes
    from pages.routes.gallery import gallery_routes
    from pages.routes.guards import guards
    from pages.routes.guards.proxies import trust_only_the_proxies_of_the_setting
    from pages.routes.health import health_routes
    from pages.routes.survey import routes
    from storage import settings

    try:
        settings.check()
        trust_only_the_proxies_of_the_setting()
    except settings.SettingError as error:
        sys.exit(f"error: {error}")
    prefix = st.get_option("server.baseUrlPath")
    ours = (routes, account_routes, gallery_routes, entry_routes, health_routes)
    served = [route for routes_of in ours for route in routes_of(prefix)]
    app = st.App(
        __file__,
        routes=served,
        middleware=guards(prefix),
        lifespan=free_what_visitors_leave,
        on_script_error=apologise,
    )
