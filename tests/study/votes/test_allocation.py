from collections import Counter
from datetime import UTC, datetime, timedelta

from study.votes.allocation import shown_counts
from tests.study.votes.votes import allocation, vote


def test_pictures_of_people_who_left_are_free_again():
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    trials = [{"stimulus": "s1", "phase": "test"}, {"stimulus": "s2", "phase": "test"}]
    assert shown_counts([vote(1)], [allocation("p1", trials, long_ago)]) == Counter(s1=1)
    assert shown_counts([vote(1)], [allocation("p1", trials)]) == Counter(s1=1, s2=1)
