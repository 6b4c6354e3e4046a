"""The hints of one photograph while a person is giving them: every change can be undone and redone."""

from collections import deque
from collections.abc import Iterable

from colorizer.inference.hints.hint import Hint

STEPS = 200
"""Number of changes that can be undone."""


class HintHistory:
    """The hints that hold now, and what they were before."""

    def __init__(self):
        self.hints: tuple[Hint, ...] = ()
        self._past: deque[tuple[Hint, ...]] = deque(maxlen=STEPS)
        self._undone: list[tuple[Hint, ...]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def change(self, hints: Iterable[Hint]) -> None:
        """Let these hints hold from now on; what was undone before can then not be redone."""
        hints = tuple(hints)
        if hints == self.hints:
            return
        self._past.append(self.hints)
        self._undone.clear()
        self.hints = hints

    def undo(self) -> None:
        """Take the last change back; without one, nothing happens."""
        if self._past:
            self._undone.append(self.hints)
            self.hints = self._past.pop()

    def redo(self) -> None:
        """Make the change again that was undone last; without one, nothing happens."""
        if self._undone:
            self._past.append(self.hints)
            self.hints = self._undone.pop()
