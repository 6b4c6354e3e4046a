"""Why a film cannot be coloured: one error each, whose message says the rule, what was received, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FilmError(ValueError):
    """A film cannot be coloured."""


class BrokenFilmError(FilmError):
    """A file is no film, or is damaged."""


class NoVideoError(FilmError):
    """A file holds no moving picture, such as one of sound alone."""


class UnknownCodecError(FilmError):
    """The moving picture is encoded in a way that the bundled FFmpeg does not know."""


class OneFrameError(FilmError):
    """A film has one frame only: it is a photograph."""


class TooLongError(FilmError):
    """A film is longer than allowed here."""


class FilmSizeError(FilmError):
    """The frames are too small or too large, or change their size."""


class TrimError(FilmError):
    """The part that was asked for is not in the film."""


class HintTimeError(FilmError):
    """A hint is for a time that is not in the film."""


class FilmSoundError(FilmError):
    """MP4 cannot hold the film's sound as it is."""


class ResumeError(FilmError):
    """A film was begun with other settings than those with which it should go on."""


class DiskFullError(FilmError):
    """There is no space left for the result."""


class StoppedError(FilmError):
    """The colouring was asked to stop; the finished segments are kept."""


@contextmanager
def disk_full_told(path: Path) -> Iterator[None]:
    """Tell a full disk from other errors.

    Raises:
        DiskFullError: there is no space left.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            f"A coloured film needs about the space of the film itself, twice. {path.parent} is full: free some space, "
            "then go on with --resume; what is finished is kept."
        ) from error
