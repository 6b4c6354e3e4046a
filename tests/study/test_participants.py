from dataclasses import replace

import pytest

from study.participants import BadCodeError, new_code, participant_of
from tests.study.votes.votes import VOTE


def test_a_participant_keeps_the_id_of_their_code_for_ever():
    # printf 'huestory participant K7QM2F9XWBTA3HNC' | sha256sum: votes are deleted by it years later
    assert participant_of("K7QM-2F9X-WBTA-3HNC") == "pc4b6a57f2be741abcf80"


def test_a_code_gives_its_participant_and_not_the_other_way():
    code = new_code()
    participant = participant_of(code)
    assert participant == participant_of(code.lower().replace("-", " "))
    assert participant != participant_of(new_code())
    assert not any(part in participant.upper() for part in code.split("-"))
    replace(VOTE, participant_id=participant)  # is a valid id


@pytest.mark.parametrize("text", ["", "K7QM", "K7QM-2F9X-WBTA-3HN0", "=1+1"])
def test_other_texts_are_no_code(text):
    with pytest.raises(BadCodeError, match="sixteen"):
        participant_of(text)
