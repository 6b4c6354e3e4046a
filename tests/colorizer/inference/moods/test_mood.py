import numpy as np
import pytest

from colorizer.color import lab
from colorizer.color.bins import ab_bins, ab_bins_zhang
from colorizer.inference.moods.mood import MOODS, MoodError, apply_mood, learn_mood, mood_table, write_mood
from colorizer.inference.prediction import NoDistributionError, Prediction
from tests.tiny import UndecidedColorizer


def plain(*rgb):
    return np.full((20, 20, 3), rgb, np.uint8)


def test_a_colour_of_the_mood_is_likelier_and_one_that_others_have_is_not(tmp_path):
    red, blue = (200, 40, 40), (40, 40, 200)
    table = learn_mood([plain(*red)], [plain(*red), plain(*blue)])
    of_red, of_blue = (
        table[((ab_bins() - lab.rgb_to_lab(np.uint8(rgb))[1:]) ** 2).sum(axis=1).argmin()] for rgb in (red, blue)
    )
    assert of_red == pytest.approx(np.log(2), abs=0.1) and of_blue < -3
    (tmp_path / "red.csv").write_text(write_mood(table))
    np.testing.assert_allclose(mood_table(str(tmp_path / "red.csv")), table, atol=0.001)


def test_photographs_of_any_size_count_the_same_without_their_edges():
    framed = np.zeros((30, 40, 3), np.uint8)
    framed[3:-3, 4:-4] = (200, 40, 40)
    table = learn_mood([framed], [plain(200, 40, 40)])
    assert np.abs(table).max() < 1e-5


@pytest.mark.parametrize("name", MOODS)
def test_moods_that_come_along_can_be_read_and_are_mild(name):
    table = mood_table(name)
    assert table.shape == (261,) and 0.1 < np.abs(table).max() < 5


def test_another_grid_takes_the_nearest_bins():
    table = mood_table("kodachrome")
    logits = apply_mood(np.zeros((2, 2, 313), np.float32), table)
    same = (ab_bins_zhang()[:, None] == ab_bins()).all(axis=2)
    zhang, ours = np.nonzero(same)
    np.testing.assert_array_equal(logits[0, 0, zhang], table[ours])


@pytest.mark.parametrize("content", [None, "", "a,b,log_ratio\n0,0,1\n", "x,y\n1,2\n"])
def test_what_is_no_mood_is_refused(tmp_path, content):
    path = tmp_path / "mood.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(MoodError, match="kodachrome"):
        mood_table(str(path))


def test_a_mood_chooses_between_likely_colours(tmp_path):
    prediction = UndecidedColorizer().predict(np.full((32, 32), 100, np.uint8))
    blue = (-0.001 * ((ab_bins() - (10, -50)) ** 2).sum(axis=1)).astype(np.float32)
    (tmp_path / "blue.csv").write_text(write_mood(blue))
    moved = prediction.in_mood(str(tmp_path / "blue.csv"))
    assert prediction.ab()[0, 0, 1] > -20 > moved.ab()[0, 0, 1]
    assert moved.style_in_words == "mood blue.csv"
    np.testing.assert_allclose(prediction.in_mood("kodachrome", strength=0).ab(), prediction.ab(), atol=0.1)
    with pytest.raises(NoDistributionError):
        Prediction(np.zeros((4, 4, 2), np.float16)).in_mood("kodachrome")
