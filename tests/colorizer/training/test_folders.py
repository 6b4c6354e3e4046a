"""A training on several folders: each is split for itself, and none learns what another holds back."""

import json

import numpy as np
import pytest
from PIL import Image

from colorizer import weights
from colorizer.cli.main import main
from colorizer.imaging import splits
from colorizer.imaging.photos import list_photos
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint, train
from colorizer.training.data import Data, RepeatedPhotographError
from tests import trainings

pytestmark = pytest.mark.usefixtures("eagerly")

RECIPE = Recipe(loss="mse", crop_size=16, batch_size=8, warmup_steps=1, degraded=0.0)


@pytest.fixture
def folders(tmp_path, rng):
    """Twenty and thirty colour photographs that show nothing of one another."""
    made = tmp_path / "streets", tmp_path / "flowers"
    for folder, count in zip(made, (20, 30), strict=True):
        folder.mkdir()
        for i in range(count):
            small = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
            small.resize((48, 48), Image.Resampling.BICUBIC).save(folder / f"{folder.name}_{i:02}.png")
    return made


@pytest.fixture
def output(tmp_path):
    return tmp_path / "my.weights.h5"


def run(folders, output, **options):
    return trainings.run(folders, output, "two_layer", RECIPE, epochs=1, **options)


def scan_of(folders):
    data = Data(folders)
    return splits.scan(splits.join(data.split(data.list_photos(), 0).values()))


def test_each_folder_is_split_for_itself_and_told_for_itself(folders, output):
    _, lines = run(folders, output)
    rest = "left out: 0 grey, 0 near duplicates of held-out ones, 0 unreadable; held back: {0} val, {0} test; "
    assert lines[0] == "Looking at 50 photographs"
    assert [line.rpartition("left out of val")[0] for line in lines[1:4]] == [
        f"Training on 16 of {folders[0]}; {rest.format(2)}",
        f"Training on 24 of {folders[1]}; {rest.format(3)}",
        f"Training on 40; {rest.format(5)}",
    ]


def test_an_epoch_sees_every_photograph_of_all_folders_once(folders, output):
    found = scan_of(folders)
    assert len(set(found.train)) == len(found.train) == 40
    run(folders, output)
    assert weights.read_facts(output).figures["pictures_seen"] == 40


@pytest.mark.parametrize("held", ["val", "test"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_training_loses_what_another_folder_holds_back(folders, held, mirrored):
    streets, flowers = folders
    held_back = getattr(splits.split(list_photos(streets)), held)[0]
    learnt = splits.split(list_photos(flowers)).train[0]
    with Image.open(held_back) as image:
        (image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else image.copy()).save(learnt)
    found = scan_of(folders)
    assert found.duplicates == (learnt,) and learnt not in found.train


def test_val_loses_what_shows_the_same_as_test_of_another_folder(folders):
    streets, flowers = folders
    chosen_by = splits.split(list_photos(flowers)).val[0]
    with Image.open(splits.split(list_photos(streets)).test[0]) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(chosen_by)
    assert scan_of(folders).val_duplicates == (chosen_by,)


def test_a_photograph_of_two_folders_is_refused(folders):
    with pytest.raises(RepeatedPhotographError, match=r"Received 'flowers_00\.png' in .* and in "):
        Data((folders[0].parent, folders[1])).list_photos()
    with pytest.raises(RepeatedPhotographError):
        Data((folders[0], folders[0])).list_photos()


def test_a_training_goes_on_with_the_folders_it_began_with_in_any_order(folders, output):
    run(folders, output)
    run(folders[::-1], output, resume=True)
    with pytest.raises(checkpoint.OtherTrainingError, match=r"data was \['.*flowers', '.*streets'\]\. Received '"):
        run(folders[0], output, resume=True)


def test_the_facts_beside_the_weights_name_every_folder(folders, output):
    run(folders, output)
    assert weights.read_facts(output).data == {
        "folders": [
            {"folder": "streets", "photographs": 16, "val": 2},
            {"folder": "flowers", "photographs": 24, "val": 3},
        ],
        "include": "*",
        "hold_out": None,
        "photographs": 40,
        "val": 5,
    }


@pytest.mark.parametrize("options", [["--data", "{0}", "{1}"], ["--data", "{0}", "--data", "{1}"]])
def test_the_command_takes_several_folders_in_one_option_or_more(folders, output, options, monkeypatch):
    jobs = []
    monkeypatch.setattr(train, "train", lambda job, report: jobs.append(job))
    given = [option.format(*folders) for option in options]
    assert main(["train", *given, "--model", "two_layer", "--output", str(output)]) == 0
    assert jobs[0].data.folders == folders


def test_the_state_of_one_folder_names_it_as_ever(folders, output):
    run(folders[0], output)
    progress = json.loads((output.parent / "my.weights.h5.state" / "progress.json").read_text())
    assert progress["configuration"]["data"] == str(folders[0].resolve())
