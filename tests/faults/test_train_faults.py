"""Training on a disk that fills up."""

import subprocess

import pytest

from colorizer import weights
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint
from tests import trainings

RECIPE = Recipe(loss="mse", crop_size=16, batch_size=8, warmup_steps=1, degraded=0.0, save_minutes=0.0)


@pytest.fixture
def disk(tmp_path):
    """A small disk: the training of two layers takes 0.9 MiB a saved state, and twice that while it is replaced."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root: run this test as root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def run(folder, output, **arguments):
    trainings.run(folder, output, "two_layer", RECIPE, **arguments)


def test_a_full_disk_is_said_in_words_and_the_last_state_goes_on(photo_folder, disk):
    output = disk / "my.weights.h5"
    state = disk / "my.weights.h5.state"
    state.mkdir()
    run(photo_folder, output, epochs=1)
    output.unlink()
    saved = sorted(path.name for path in state.iterdir())
    filler = disk / "filler"
    with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    with pytest.raises(checkpoint.DiskError, match=r"No space left on device\. Make room, then go on with"):
        run(photo_folder, output, epochs=2, resume=True)
    assert {path.name for path in state.iterdir()} >= set(saved), "what was saved before is still there"
    assert not output.exists() and not list(disk.glob(".*")), "no half file is left"
    filler.unlink()
    run(photo_folder, output, epochs=2, resume=True)
    assert weights.create_model("two_layer", output).count_params() == 74_754
