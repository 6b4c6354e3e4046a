"""Every way in which a photograph, or a request about one, is refused."""


class ImageError(ValueError):
    """A photograph, or a request about one, is refused; the text says why and what to do next."""


class EmptyFileError(ImageError):
    """The file holds no byte."""


class NotAnImageError(ImageError):
    """The file is no picture of any kind known here."""


class UnsupportedFormatError(ImageError):
    """The file is of a known kind that is not taken, or the format cannot be written."""


class TruncatedImageError(ImageError):
    """The picture breaks off, or is damaged so that it cannot be decoded."""


class TooManyPixelsError(ImageError):
    """The picture has more pixels than the limit."""


class TooSmallError(ImageError):
    """A side of the picture is too short."""


class GrayResultError(ImageError):
    """A picture that is to be marked as coloured holds no colour."""


class SettingError(ImageError):
    """HUESTORY_MAX_PIXELS holds a value that cannot be used."""
