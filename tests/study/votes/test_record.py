from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.votes.csv_file import HEADER
from study.votes.record import BadVoteError, Vote
from tests.study.votes.votes import LINE, VOTE


def test_columns_are_those_of_the_contract():
    assert HEADER == (
        "study,participant_id,trial,phase,stimulus,model,is_real,judged_real,response_ms,voted_at,device,app_version,"
        "partner,photo,external_id,server_ms,language,exposure_ms,excluded,shown_ms"
    )


def test_a_vote_is_one_line_and_back():
    assert VOTE.line() == LINE
    assert Vote.from_row(LINE.split(",")) == VOTE


def test_what_the_later_columns_hold_is_one_line_and_back():
    vote = replace(VOTE, photo="f1", external_id="5f2a", server_ms=900, language="en", exposure_ms=500, shown_ms=517)
    assert vote.line().endswith(",phone,0.1.0,,f1,5f2a,900,en,500,,517")
    assert Vote.from_row(vote.line().split(",")) == vote
    assert Vote.from_row([*vote.line().split(","), "somebody's note"]) == vote


def test_a_line_that_went_through_a_spreadsheet_is_read():
    assert Vote.from_row(LINE.replace("true", "TRUE").replace("false", "FALSE").split(",")) == VOTE


@pytest.mark.parametrize(
    "wrong",
    [
        {"participant_id": ""},
        {"participant_id": "=1+1"},
        {"stimulus": "+s1"},
        {"stimulus": "-s1"},
        {"device": "@sum"},
        {"study": "\tx"},
        {"stimulus": "s1\n"},
        {"model": "a,b"},
        {"partner": '"x"'},
        {"app_version": "x" * 65},
        {"participant_id": "ﬁ"},
        {"participant_id": 7},
        {"trial": 0},
        {"trial": True},
        {"phase": "warm-up"},
        {"model": ""},
        {"is_real": True},
        {"judged_real": "true"},
        {"response_ms": -1},
        {"response_ms": 12.5},
        {"server_ms": -1},
        {"exposure_ms": 0.5},
        {"shown_ms": -1},
        {"external_id": "ann smith"},
        {"excluded": "Too fast"},
        {"voted_at": "yesterday"},
        {"voted_at": "2026-11-21T10:00:00+01:00"},
    ],
    ids=str,
)
def test_what_cannot_stand_in_a_vote(wrong):
    with pytest.raises(BadVoteError, match=next(iter({"is_real": "model"}.get(k, k) for k in wrong))):
        replace(VOTE, **wrong)


def test_device_and_version_may_be_unknown_and_a_time_without_zone_is_utc():
    assert replace(VOTE, device="", app_version="", voted_at="2026-11-21T10:00:00").line().endswith("00:00,,,,,,,,,,")


@given(
    st.text(min_size=1, max_size=70), st.sampled_from(["study", "participant_id", "stimulus", "external_id", "partner"])
)
def test_no_cell_can_become_a_formula_or_break_the_line(text, column):
    try:
        line = replace(VOTE, **{column: text}).line()
    except BadVoteError:
        return
    assert line.isascii()
    assert line.count(",") == LINE.count(",")
    assert not any(cell[:1] in tuple("=+-@\t\r\n'") for cell in line.split(",") if cell)


def test_a_real_picture_has_no_model_and_a_catch_picture_may_have_none():
    assert replace(VOTE, is_real=True, model="").line().split(",")[5:7] == ["", "true"]
    assert replace(VOTE, phase="catch", model="").model == ""
