"""Users and pictures for tests of accounts."""

from accounts.images import PARTS, NewImage

PASSWORD = "purple walrus bicycle"
TABLES = ("images", "sessions", "users", "leftovers", "attempts", "accounts_schema")


def new_image(title: str = "grandmother.jpg", size: int = 100, model: str = "resnet50_unet", **settings) -> NewImage:
    """Return an image whose files have `size` bytes each and begin with the title and the part's name."""
    parts = {part: f"{title} {part} ".encode().ljust(size, b".") for part in PARTS}
    return NewImage(title, "jpeg", 512, 384, model, {"saturation": 1.0, **settings}, parts)


def files(folder) -> list[str]:
    """Return the relative paths of all files and folders below a folder, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
