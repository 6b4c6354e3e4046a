"""A gallery as a static folder for IIIF viewers: a Presentation 3 manifest, and pictures of the Image API at level 0.

    manifest.json
    pictures/KEY-after/  pictures/KEY-before/     info.json, full/max/0/default.jpg, full/W,H/0/default.jpg

Each photograph is a canvas whose two versions, coloured and original, are offered as a choice. There are no tiles:
the pictures of a gallery have at most 1600 pixels a side, and come whole in a few sizes.

Sources: IIIF Presentation API 3.0 (https://iiif.io/api/presentation/3.0/) and its recipe for choices
(https://iiif.io/api/cookbook/recipe/0033-choice/); Image API 3.0 (https://iiif.io/api/image/3.0/), level 0.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator

from colorizer.gallery.captions import is_web_address
from colorizer.gallery.collection import Gallery, Photograph
from colorizer.gallery.export import EmptyGalleryError
from colorizer.gallery.pictures import GalleryError
from colorizer.imaging import reading, resizing, writing
from colorizer.imaging.caption import CAPTION

SMALLEST = 300
"""The sizes of a picture are halved while the longer side has at least so many pixels."""

QUALITY = 88

_VERSIONS = {"after": "Coloured by software", "before": "Original"}
_RIGHTS = re.compile(r"https?://(creativecommons\.org|rightsstatements\.org)/\S+")


class AddressError(GalleryError):
    """The address at which the folder will stand is no web address."""


def export_iiif(gallery: Gallery, address: str) -> bytes:
    """The folder as a ZIP; the same gallery and address give the same bytes.

    Args:
        address: where the folder will stand on the web; IIIF needs whole addresses in its files.

    Raises:
        AddressError: it is no web address.
        EmptyGalleryError: no photograph has been coloured yet.
        MissingPictureError: a picture is missing on the disk.
    """
    address = address.strip().rstrip("/")
    if not is_web_address(address):
        raise AddressError(
            f"IIIF needs the address at which the folder will stand, as https://example.org/show. Received {address!r}."
        )
    photographs = gallery.photographs()
    if not photographs:
        raise EmptyGalleryError("a manifest shows at least one photograph. None has been coloured yet.")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for photograph in photographs:
            for version in _VERSIONS:
                for name, data in _picture_files(gallery, photograph, version, address):
                    archive.writestr(zipfile.ZipInfo(name), data)
        manifest = _manifest(gallery, photographs, address)
        archive.writestr(zipfile.ZipInfo("manifest.json"), _json(manifest))
    return stream.getvalue()


def sizes_of(width: int, height: int) -> list[tuple[int, int]]:
    """The sizes in which a picture comes, the largest first: each has half the sides of the one before.

    >>> sizes_of(1600, 1000)
    [(1600, 1000), (800, 500), (400, 250)]
    """
    sizes = [(width, height)]
    while max(sizes[-1]) // 2 >= SMALLEST:
        sizes.append((max(1, sizes[-1][0] // 2), max(1, sizes[-1][1] // 2)))
    return sizes


def _picture_files(gallery: Gallery, photograph: Photograph, version: str, address: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files of one version of a photograph."""
    folder = _folder(photograph, version)
    whole = gallery.coloured.read(photograph.key, version)
    sizes = sizes_of(photograph.width, photograph.height)
    yield f"{folder}/full/max/0/default.jpg", whole
    yield f"{folder}/full/{sizes[0][0]},{sizes[0][1]}/0/default.jpg", whole
    photo = reading.read(whole)
    mark = photograph.provenance if version == "after" else None
    for width, height in sizes[1:]:
        small = resizing.resize(photo.pixels, (height, width))
        rgb = small if small.ndim == 3 else small[..., None].repeat(3, axis=-1)
        data = writing.write(rgb, "jpeg", photo.metadata, mark, quality=QUALITY)
        yield f"{folder}/full/{width},{height}/0/default.jpg", data
    yield f"{folder}/info.json", _json(_service(photograph, version, address, whole=True))


def _manifest(gallery: Gallery, photographs: list[Photograph], address: str) -> dict:
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{address}/manifest.json",
        "type": "Manifest",
        "label": _text(gallery.config.title),
        "summary": _text(f"{len(photographs)} photographs, before and after. {CAPTION}."),
        "requiredStatement": {"label": _text("Note"), "value": _text(CAPTION)},
        "thumbnail": [_image(photographs[0], "after", address, sizes_of(*_size(photographs[0]))[-1])],
        "items": [_canvas(photograph, number, address) for number, photograph in enumerate(photographs, start=1)],
    }


def _canvas(photograph: Photograph, number: int, address: str) -> dict:
    caption, canvas = photograph.caption, f"{address}/canvas/{number}"
    width, height = _size(photograph)
    described = {
        "Year": caption.year,
        "Photographer": caption.photographer,
        "Credit": caption.credit,
        "Licence": caption.licence,
    }
    choice = {"type": "Choice", "items": [_image(photograph, version, address) for version in _VERSIONS]}
    found = {
        "id": canvas,
        "type": "Canvas",
        "label": _text(photograph.title),
        "width": width,
        "height": height,
        "metadata": [{"label": _text(name), "value": _text(value)} for name, value in described.items() if value],
        "requiredStatement": {"label": _text("Note"), "value": _text(CAPTION)},
        "thumbnail": [_image(photograph, "after", address, sizes_of(width, height)[-1])],
        "items": [
            {
                "id": f"{canvas}/page",
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": f"{canvas}/page/painting",
                        "type": "Annotation",
                        "motivation": "painting",
                        "body": choice,
                        "target": canvas,
                    }
                ],
            }
        ],
    }
    if caption.text:
        found["summary"] = _text(caption.text)
    if caption.url:
        found["homepage"] = [{"id": caption.url, "type": "Text", "label": _text("Source"), "format": "text/html"}]
    if _RIGHTS.fullmatch(caption.licence):
        found["rights"] = caption.licence.replace("https:", "http:", 1)  # the form that the two registries give
    return found


def _image(photograph: Photograph, version: str, address: str, size: tuple[int, int] | None = None) -> dict:
    width, height = size or _size(photograph)
    region = "max" if size is None else f"{width},{height}"
    return {
        "id": f"{address}/{_folder(photograph, version)}/full/{region}/0/default.jpg",
        "type": "Image",
        "label": _text(_VERSIONS[version]),
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": [_service(photograph, version, address)],
    }


def _service(photograph: Photograph, version: str, address: str, whole: bool = False) -> dict:
    """The Image API of a picture: a reference to it, or the whole of its info.json."""
    service = {"id": f"{address}/{_folder(photograph, version)}", "type": "ImageService3", "profile": "level0"}
    if not whole:
        return service
    width, height = _size(photograph)
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        **service,
        "protocol": "http://iiif.io/api/image",
        "width": width,
        "height": height,
        "sizes": [{"width": w, "height": h} for w, h in reversed(sizes_of(width, height))],
    }


def _folder(photograph: Photograph, version: str) -> str:
    return f"pictures/{photograph.key}-{version}"


def _size(photograph: Photograph) -> tuple[int, int]:
    return photograph.width, photograph.height


def _text(value: str) -> dict[str, list[str]]:
    return {"none": [value]}


def _json(value: dict) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
