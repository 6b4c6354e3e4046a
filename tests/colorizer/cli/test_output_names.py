import doctest

import pytest

from colorizer.cli import output_names
from colorizer.cli.output_names import OutputNames, is_output
from colorizer.imaging import formats


def test_examples_of_the_docstrings():
    assert doctest.testmod(output_names) == (0, 4)
    assert doctest.testmod(formats).failed == 0


def test_no_name_is_given_out_twice_whatever_the_photographs_are_called():
    names = OutputNames()
    photographs = ["a.jpg", "A.JPG", "a.png", "a", "a_2.jpg", "a.jpg.jpg", "a_colorized.jpg", "a.png", "a.png", "a"]
    given = []
    for photograph in photographs:
        given += [*names.colorings(photograph, "jpeg", 3), names.confidence(photograph)]
    assert len({name.casefold() for name in given}) == len(given) == 4 * len(photographs)


@pytest.mark.parametrize("photograph", ["a.jpg", "a.png", "no_extension", "a_confidence.png", "a_2.tif"])
def test_what_is_given_out_is_known_again(photograph, tmp_path):
    names = OutputNames()
    for _ in range(3):
        given = [*names.colorings(photograph, "png", 3), names.confidence(photograph)]
        for name in given:
            (tmp_path / name).touch()
        assert all(is_output(tmp_path / name) for name in given), given


@pytest.mark.parametrize(
    "name", ["a.jpg", "colorized.jpg", "_colorized.jpg", "a_colorized_old.jpg", "a_confidence.png", "a_confidence.jpg"]
)
def test_what_is_not_called_like_an_output_is_a_photograph(name, tmp_path):
    (tmp_path / name).touch()
    assert not is_output(tmp_path / name)


def test_names_that_a_mac_takes_for_one_do_not_meet():
    names = OutputNames()
    given = [names.colorings(name, "png")[0] for name in ("Café.tif", "Cafe\u0301.tif", "CAFÉ.tif", "Straße.tif")]
    assert len({formats.name_key(name) for name in given}) == 4
