import pytest

from colorizer.imaging.photos import NoPhotographsError, list_photos


def test_list_photos_walks_by_extension_in_any_case(tmp_path):
    for name in ("b.JPG", "a.png", "sub/c.Tiff", "notes.txt", "sub/movie.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.relative_to(tmp_path).as_posix() for p in list_photos(tmp_path)] == ["a.png", "b.JPG", "sub/c.Tiff"]


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_list_photos_of_a_folder_without_any(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoPhotographsError, match=folder):
        list_photos(tmp_path / folder)
