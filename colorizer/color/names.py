"""Colours in words, for people who hear a page instead of seeing it."""

import math
from collections import Counter
from collections.abc import Sequence

_HUES = (  # up to this hue angle in CIELAB, in degrees
    (22, "pink"),
    (48, "red"),
    (80, "orange"),
    (112, "yellow"),
    (165, "green"),
    (215, "turquoise"),
    (312, "blue"),
    (338, "purple"),
    (360, "pink"),
)

_DEEPER = {"pink": (50, "purple red"), "orange": (65, "brown"), "yellow": (60, "olive")}
"""Some hues have another name below a lightness L*."""

_PALER = {"red": (45, "rose"), "orange": (45, "beige")}
"""Some hues have another name below a chroma."""

_EARTH = 65.0
"""Below this lightness, a weak red is called a brown."""


def color_name(lightness: float, ab: tuple[float, float]) -> str:
    """A colour in one to three English words.

    >>> color_name(30, (20, -60))
    'dark blue'
    >>> color_name(50, (1, 2))
    'grey'
    """
    chroma = math.hypot(*ab)
    if chroma < 5:
        return "black" if lightness < 12 else "white" if lightness > 94 else "grey"
    angle = math.degrees(math.atan2(ab[1], ab[0])) % 360
    name = next(name for limit, name in _HUES if angle <= limit)
    limit, deeper = _DEEPER.get(name, (0, name))
    name = deeper if lightness < limit else name
    limit, paler = _PALER.get(name, (0, name))
    name = paler if chroma < limit else name
    if name == "rose" and lightness < _EARTH:
        name = "reddish brown"
    words = ["greyish"] if chroma < 14 else []
    if lightness < 35:
        words = ["dark", *words]
    elif lightness > 80:
        words = ["light", *words]
    return " ".join([*words, name])


def distinct_names(lightness: float, colors: Sequence[tuple[float, float]]) -> list[str]:
    """Names of several ab of one lightness: of those with the same name, the ones with more chroma are "stronger".

    >>> distinct_names(50, [(50, 30), (0, -30), (70, 45)])
    ['red', 'blue', 'stronger red']
    """
    names, seen = [""] * len(colors), Counter()
    for index in sorted(range(len(colors)), key=lambda index: math.hypot(*colors[index])):
        name = color_name(lightness, colors[index])
        names[index] = f"{('', 'stronger ')[seen[name]] if seen[name] < 2 else 'strongest '}{name}"
        seen[name] += 1
    return names
