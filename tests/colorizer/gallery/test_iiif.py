"""The export for IIIF viewers: every address in the manifest is a file of the folder, and it says what the API asks."""

import doctest
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.gallery import iiif
from colorizer.gallery.captions import Caption
from colorizer.gallery.catalogue import create_gallery
from colorizer.gallery.export import EmptyGalleryError
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE
from tests.files import encode
from tests.galleries import CAPTION, jpeg, make_gallery
from tests.tiny import TinyColorizer

ADDRESS = "https://museum.example/show"


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))


@pytest.fixture
def folder():
    """The files of an export of two photographs, the second large and free, by their paths."""
    pictures = {"a.jpg": jpeg(), "b.jpg": encode(np.tile(np.arange(256, dtype=np.uint8), (650, 1)))}
    gallery, _ = create_gallery("Märkte", "resnet50_unet", list(pictures), pictures.__getitem__)
    free = Caption("שוק", "1936", licence="https://creativecommons.org/licenses/by/4.0/", text="Market day")
    gallery.arrange({"a.jpg": CAPTION, "b.jpg": free})
    gallery.colour(TinyColorizer())
    data = iiif.export_iiif(gallery, f"{ADDRESS}/")
    assert data == iiif.export_iiif(gallery, ADDRESS)
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {name: archive.read(name) for name in archive.namelist()}


def addresses(value) -> list[str]:
    """Every address of a picture or a service in a manifest."""
    if isinstance(value, list):
        return [found for item in value for found in addresses(item)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if value.get("type") in ("Image", "ImageService3", "Manifest") else []
    return own + [found for item in value.values() for found in addresses(item)]


def test_every_address_is_a_file(folder):
    manifest = json.loads(folder["manifest.json"])
    found = set(addresses(manifest))
    assert len(found) == 11
    for address in found:
        path = address.removeprefix(f"{ADDRESS}/")
        assert path in folder or f"{path}/info.json" in folder, address


def test_both_versions_are_a_choice_on_a_canvas(folder):
    manifest = json.loads(folder["manifest.json"])
    assert manifest["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert manifest["label"] == {"none": ["Märkte"]} and len(manifest["items"]) == 2
    for canvas in manifest["items"]:
        [[annotation]] = [page["items"] for page in canvas["items"]]
        assert annotation["motivation"] == "painting" and annotation["target"] == canvas["id"]
        assert annotation["body"]["type"] == "Choice"
        labels = [image["label"]["none"][0] for image in annotation["body"]["items"]]
        assert labels == ["Coloured by software", "Original"]
        assert "colours are guesses" in canvas["requiredStatement"]["value"]["none"][0]
    first, second = manifest["items"]
    assert {entry["label"]["none"][0] for entry in first["metadata"]} == {"Year", "Photographer", "Credit", "Licence"}
    assert first["homepage"][0]["id"] == CAPTION.url and "rights" not in first
    assert second["rights"] == "http://creativecommons.org/licenses/by/4.0/"
    assert second["summary"] == {"none": ["Market day"]} and "homepage" not in second


def test_the_sizes_of_info_json_are_there_and_marked(folder):
    infos = {name: json.loads(data) for name, data in folder.items() if name.endswith("info.json")}
    assert len(infos) == 4
    for name, info in infos.items():
        place = name.removesuffix("/info.json")
        assert info["profile"] == "level0" and info["id"] == f"{ADDRESS}/{place}"
        for size in [*info["sizes"], {"width": info["width"], "height": info["height"]}]:
            picture = folder[f"{place}/full/{size['width']},{size['height']}/0/default.jpg"]
            assert Image.open(io.BytesIO(picture)).size == (size["width"], size["height"])
            assert (DIGITAL_SOURCE_TYPE.encode() in picture) is place.endswith("-after")
            images.read(picture)
        assert f"{place}/full/max/0/default.jpg" in folder
    assert doctest.testmod(iiif).failed == 0


@pytest.mark.parametrize("address", ["", "museum.example/show", "javascript:alert(1)", "https://"])
def test_a_folder_needs_an_address(address):
    with pytest.raises(iiif.AddressError, match=r"https://example.org/show\. Received"):
        iiif.export_iiif(make_gallery(), address)


def test_a_gallery_without_coloured_photographs_cannot_be_exported():
    with pytest.raises(EmptyGalleryError):
        iiif.export_iiif(make_gallery(coloured=False), ADDRESS)
