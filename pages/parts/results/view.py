"""The parts of the results page: headline, figures, tables, gallery, downloads; all show the same `Snapshot`."""

from dataclasses import asdict

import streamlit as st

from pages.parts.figure import draw, figure, titles
from pages.parts.paging import choose_page
from pages.parts.sign_in import is_organizer, who
from pages.parts.studies import open_study
from pages.parts.wording import escape
from study.analysis import phrases
from study.analysis.figures import pictures_figure, rates_figure, times_figure
from study.analysis.report import chance_rate, html_report, legend, sentences
from study.analysis.results import PictureRow
from study.analysis.snapshot import Snapshot, exported_votes
from study.analysis.tables import SORTS, photo_names, pictures_csv, rates_csv
from study.questions.answers import answers_csv
from study.trail.event import Event, acting
from study.votes.csv_file import csv_text

ON_A_PAGE = 24
HEADS = ("Pictures", "Taken for real", "95 % interval", "Wilson's", "Answers", "People", "Pictures judged")


def show_headline(snapshot: Snapshot) -> None:
    """Show one rate for each kind of picture, and how certain it is."""
    known = {name: rate for name, rate in snapshot.rates.items() if rate.rate is not None}
    if not known:
        st.info("All participants so far are left out by the rules of the study. The numbers with everybody are below.")
        return
    with st.container(horizontal=True, gap="medium"):
        for name, rate in known.items():
            with st.container(width=330, border=True):
                label = f"{phrases.title(name, titles())}: taken for real"
                st.metric(escape(label), phrases.percent(rate.rate))
                st.caption(phrases.counted(rate))


def show_rates(snapshot: Snapshot) -> None:
    """Show a figure and a table of the rates, and explain why there are two intervals."""
    if all(rate.rate is None for rate in snapshot.rates.values()):
        return
    config = snapshot.config
    named = titles()
    with st.container(width=680):
        svg = rates_figure(snapshot.rates, named, config.protocol.reference, chance_rate(config))
        figure(svg, "results_rates")
    st.caption(legend(config))
    show_table(snapshot.rates)
    st.markdown(escape(phrases.WHY_TWO_INTERVALS))
    if phrases.reference(config):
        st.info(phrases.reference(config), icon=":material/history_edu:")
    for sentence in sentences(snapshot, named):
        st.markdown(f"- {escape(sentence)}")


def show_exposures(snapshot: Snapshot) -> None:
    """Show the rates after each exposure, if pictures were shown for a time."""
    lines = [list(asdict(line).values()) for line in phrases.exposure_lines(snapshot.report, titles())]
    if not lines:
        return
    st.header("By exposure", anchor=False)
    st.caption(phrases.EXPOSURES)
    heads = ("Pictures", "Shown for", "Taken for real", "95 % interval", "Answers")
    st.table({head: list(cells) for head, *cells in zip(heads, *lines, strict=True)}, hide_index=True)


def show_table(rates) -> None:
    """Show the rates with both intervals and all counts."""
    lines = [list(asdict(line).values()) for line in phrases.rate_lines(rates, titles())]
    st.table({head: cells for head, *cells in zip(HEADS, *lines, strict=True)}, hide_index=True)


def show_participants(snapshot: Snapshot) -> None:
    """Show how many took part, finished and were excluded; if any were, also the rates of all participants."""
    report = snapshot.report
    st.header("Who took part", anchor=False)
    st.markdown(escape(phrases.attendance(snapshot.attendance)))
    st.markdown(escape(phrases.exclusions(report)))
    if report.excluded:
        st.markdown("With everybody, left out or not:")
        show_table(snapshot.all_rates)


def show_times(snapshot: Snapshot) -> None:
    """Show how long answers took."""
    if not snapshot.times:
        return
    st.header("Response times", anchor=False)
    with st.container(width=680):
        figure(times_figure(snapshot.times, titles()), "results_times")
    st.caption(phrases.times(snapshot.config.protocol.layout))


def show_gallery(snapshot: Snapshot) -> None:
    """Show every picture with its rate, in the order that the reader chooses."""
    rows = snapshot.report.pictures
    if not rows:
        st.caption("No answers count so far.")
        return
    named = titles()
    with st.container(width=680):
        figure(pictures_figure(rows, named), "results_pictures")
    st.caption("Every dot is a picture.")
    kinds = sorted({row.model for row in rows}, reverse=True)
    with st.container(horizontal=True):
        order = st.selectbox("Order", list(SORTS), width=260, key="results_order")
        kind = st.selectbox(
            "Show",
            ["all", *kinds],
            format_func=lambda kind: "All pictures" if kind == "all" else phrases.title(kind, named),
            width=260,
            key="results_kind",
        )
    rows = sorted((row for row in rows if kind in ("all", row.model)), key=SORTS[order])
    show_pictures(snapshot, choose_page(rows, ON_A_PAGE, "Pictures", f"results_page_{len(rows)}"))


def show_pictures(snapshot: Snapshot, rows: list[PictureRow]) -> None:
    names = photo_names(snapshot.pool)
    with st.container(horizontal=True, gap="medium"):
        for row in rows:
            with st.container(width=190, gap="xsmall"):
                kind = phrases.title(row.model, titles())
                st.image(draw(snapshot.config.study, row.stimulus), alt=f"{kind}: {names[row.stimulus]}", width=190)
                st.markdown(f"**{phrases.percent(row.rate)}** {escape(kind)}")
                st.caption(
                    f"{row.n_votes} answers ({phrases.span(row.wilson_low, row.wilson_high)}), median "
                    f"{phrases.seconds(row.median_response_ms)}; {escape(names[row.stimulus])}"
                )


def export(snapshot: Snapshot, who: str) -> str:
    """Return the votes as CSV, after the trail of the study has it that `who` took them."""
    votes = exported_votes(snapshot)
    with acting(who):
        open_study(snapshot.config.study).trail.add(Event.now("exported", what="votes", votes=len(votes)))
    return csv_text(votes)


def offer_downloads(snapshot: Snapshot) -> None:
    """Offer votes, tables and report of this snapshot; each file is made when its button is pressed."""
    study, named = snapshot.config.study, titles()
    acts = who() if is_organizer() else "a visitor of the results"
    files = {
        "Report": (f"{study}-report.html", "text/html", lambda: html_report(snapshot, named)),
        "Votes": (f"{study}-votes.csv", "text/csv", lambda: export(snapshot, acts)),
        "Table of rates": (f"{study}-rates.csv", "text/csv", lambda: rates_csv(snapshot)),
        "Table of pictures": (f"{study}-pictures.csv", "text/csv", lambda: pictures_csv(snapshot)),
    }
    if snapshot.config.questions:
        store = open_study(study).answer_store
        files["Answers to questions"] = (f"{study}-answers.csv", "text/csv", lambda: answers_csv(store.read()))
    st.header("Download", anchor=False)
    with st.container(horizontal=True):
        for label, (name, mime, make) in files.items():
            st.download_button(
                label, make, name, mime, icon=":material/download:", on_click="ignore", key=f"results_file_{label}"
            )
    st.caption("The report is one file with figures and pictures; it opens without a network. The others are CSV.")
