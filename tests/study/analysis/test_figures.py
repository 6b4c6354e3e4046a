from xml.etree import ElementTree

import pytest

from study.analysis.figures import pictures_figure, rates_figure, times_figure
from study.analysis.statistics import Rate
from study.protocol import PRESETS

RATE = Rate(0.412, 0.301, 0.529, 0.35, 0.47, 492, 41, 48)


@pytest.mark.parametrize(
    "svg",
    [
        rates_figure({"a<b": RATE, "": RATE}, {}, PRESETS["koalarization"].reference, 0.5),
        rates_figure({}, {}),
        times_figure({"a<b": [1, 300, 900_000], "": [2000]}, {}),
        pictures_figure([], {}),
    ],
)
def test_figures_are_well_formed_and_inside_their_frame(svg):
    root = ElementTree.fromstring(svg)
    width, height = map(float, root.get("viewBox").split()[2:])
    assert root.get("aria-label")
    for element in root:
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, 0)) <= height


def test_rates_are_drawn_where_they_are():
    root = ElementTree.fromstring(rates_figure({"a": RATE}, {}))
    left, right = (float(line.get("x1")) for line in root.findall("line")[0:5:4])  # ticks of 0 % and 100 %
    (dot,) = root.findall("circle")
    assert (float(dot.get("cx")) - left) / (right - left) == pytest.approx(0.412, abs=0.001)
    thick, thin = root.findall("line")[5:]
    ends = [(float(each.get(end)) - left) / (right - left) for each in (thick, thin) for end in ("x1", "x2")]
    assert ends == pytest.approx([0.301, 0.529, 0.35, 0.47], abs=0.001)
