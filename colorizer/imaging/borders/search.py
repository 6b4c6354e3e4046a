"""Find the border of a scanned photograph: the paper of a print, the edge of a film, a mount, the bed of the scanner.

A border is a margin of one light or dark tone along a side, and a straight edge parts it from the photograph. Writing
on it, dust, grain, uneven light and a slight rotation are allowed. Plain sky or a dark floor along a side is no border:
it does not end in a straight line along the whole side.
"""

import numpy as np

from colorizer.imaging import limits
from colorizer.imaging.borders.border import Border
from colorizer.imaging.borders.edge import Edge, trace

SAME_TONE = 10.0
"""Largest difference in L* of the borders along two sides that belong together."""

LAYERS = 3
"""Most borders one inside the other, such as white paper around the black edge of a negative."""


def find_border(lightness: np.ndarray) -> Border | None:
    """The border of a picture, or None if it has none.

    Args:
        lightness: see `shrink`.
    """
    edges = _find_edges(lightness)
    if not edges.any():
        return None
    height, width = lightness.shape
    shares = edges / np.array([height, height, width, width])[:, None]
    return Border(*((float(first), float(last)) for first, last in shares))


def _find_edges(lightness: np.ndarray) -> np.ndarray:
    """Distances of the innermost edges from top, bottom, left and right, at their two ends, in pixels: `(4, 2)`."""
    height, width = lightness.shape
    edges = np.zeros((4, 2))
    for _ in range(LAYERS):
        # One pixel more, because there the tones of two layers mix.
        top, bottom, left, right = (int(np.ceil(edge.max())) + 1 if edge.any() else 0 for edge in edges)
        inside = lightness[top : height - bottom, left : width - right]
        if min(inside.shape) < limits.MIN_SIDE:
            break
        found = _find_layer(inside)
        if not any(found):
            break
        for i, edge in enumerate(found):
            if edge is not None:
                depth, start, length = (top, bottom, left, right)[i], (left, top)[i // 2], (width, height)[i // 2]
                ends = edge.distance(-start), edge.distance(length - start)
                edges[i] = np.maximum(0, np.add(depth, ends))
    return edges


def _find_layer(lightness: np.ndarray) -> list[Edge | None]:
    """The edges of the outermost border, along top, bottom, left and right; None where a side has none."""
    edges = [trace(view) for view in (lightness, lightness[::-1], lightness.T, lightness.T[::-1])]
    if not any(edges):
        return edges
    ordered = np.sort(lightness[::4, ::4], axis=None)
    darkest, lightest = ordered[len(ordered) // 10] + 3, ordered[-1 - len(ordered) // 10] - 3
    kept = [edge if edge and _belongs(edge, edges, darkest < edge.tone < lightest) else None for edge in edges]
    height, width = lightness.shape
    for i, length in enumerate((width, width, height, height)):
        neighbours = kept[2:] if i < 2 else kept[:2]
        if kept[i] and not _is_whole(kept[i], neighbours, length, (height, width)[i // 2]):
            kept[i] = None
    return kept


def _belongs(edge: Edge, edges: list[Edge | None], is_ordinary: bool) -> bool:
    """Whether an edge is one of a border, from its own clearness and from the edges along the other sides.

    Args:
        is_ordinary: whether a part of the picture is darker, and another part lighter, than the border: then the
            border must have at least three sides.
    """
    if edge.is_sure and not is_ordinary:
        return True
    alike = [e for e in edges if e and e is not edge and e.is_likely and abs(e.tone - edge.tone) <= SAME_TONE]
    if not edge.is_likely or len(alike) < (2 if is_ordinary else 1):
        return False
    return len(alike) == 3 or any(e.is_clear for e in [edge, *alike])


def _is_whole(edge: Edge, neighbours: list[Edge | None], length: int, depth: int) -> bool:
    """Whether an edge runs along the whole side, apart from the borders of the two sides that meet it."""
    gaps = edge.first, length - edge.last
    reaches = [0 if other is None else max(other.start, other.distance(depth)) for other in neighbours]
    return all(gap <= reach + 0.06 * length for gap, reach in zip(gaps, reaches, strict=True))
