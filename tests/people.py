"""People and pictures to test accounts with."""

from accounts.images import PARTS, NewImage

PASSWORD = "purple walrus bicycle"
TABLES = ("images", "sessions", "users", "leftovers", "attempts", "accounts_schema")


def new_image(title: str = "grandmother.jpg", size: int = 100, model: str = "resnet50_unet", **settings) -> NewImage:
    """An image whose files take `size` bytes each, and say what they are."""
    parts = {part: f"{title} {part} ".encode().ljust(size, b".") for part in PARTS}
    return NewImage(title, "jpeg", 512, 384, model, {"saturation": 1.0, **settings}, parts)


def files(folder) -> list[str]:
    """Whatever lies below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
