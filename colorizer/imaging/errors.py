"""Errors: every reason to refuse a photograph, or a request about one."""


class ImageError(ValueError):
    """A photograph, or a request about one, is refused; the text says why and what to do next."""


class EmptyFileError(ImageError):
    """The file is empty."""


class NotAnImageError(ImageError):
    """The file is not a picture in any known format."""


class UnsupportedFormatError(ImageError):
    """The file has a known format that is not accepted, or the requested format cannot be written."""


class TruncatedImageError(ImageError):
    """The picture data ends early, or is so damaged that it cannot be decoded."""


class TooManyPixelsError(ImageError):
    """The picture has more pixels than the limit."""


class TooSmallError(ImageError):
    """A side of the picture is too short."""


class GrayResultError(ImageError):
    """A picture that is to be marked as coloured holds no colour."""


class SettingError(ImageError):
    """HUESTORY_MAX_PIXELS holds a value that cannot be used."""
