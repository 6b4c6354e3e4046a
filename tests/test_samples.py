import pytest

from colorizer import images, samples


@pytest.mark.parametrize("sample", samples.list_samples(), ids=lambda sample: sample.name)
def test_every_sample_is_a_photograph_of_the_kind_it_says(sample):
    photo = images.read(samples.read_sample(sample.name))
    assert photo.is_color == sample.is_color and min(photo.height, photo.width) >= 300
    assert sample.title and sample.credit and sample.licence


def test_unknown_sample_lists_the_known_ones():
    with pytest.raises(samples.UnknownSampleError, match=r"camera.*Received 'mona'"):
        samples.read_sample("mona")
