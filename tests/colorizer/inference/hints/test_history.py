from colorizer.inference.hints.hint import Hint
from colorizer.inference.hints.history import STEPS, HintHistory

RED, BLUE = Hint(1, 2, (50, 30)), Hint(3, 4, (0, -40))


def test_changes_are_undone_and_redone_in_turn():
    history = HintHistory()
    history.change([RED])
    history.change([RED, BLUE])
    history.undo()
    assert history.hints == (RED,) and history.can_undo and history.can_redo
    history.undo()
    assert history.hints == () and not history.can_undo
    history.redo()
    history.redo()
    assert history.hints == (RED, BLUE) and not history.can_redo


def test_a_new_change_ends_what_could_be_redone():
    history = HintHistory()
    history.change([RED])
    history.undo()
    history.change([BLUE])
    history.redo()
    assert history.hints == (BLUE,)


def test_nothing_to_undo_or_to_change_is_no_step():
    history = HintHistory()
    history.undo()
    history.redo()
    history.change([])
    assert history.hints == () and not history.can_undo and not history.can_redo


def test_the_number_of_steps_is_bounded():
    history = HintHistory()
    for x in range(STEPS + 5):
        history.change([Hint(x, 0, (1, 1))])
    for _ in range(STEPS + 5):
        history.undo()
    assert history.hints == (Hint(4, 0, (1, 1)),)
