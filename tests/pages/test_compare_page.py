import numpy as np
import pytest
import streamlit as st

import colorizer
from colorizer import models, weights
from pages.parts.forgetting import forget
from tests.page_actions import labels, open_page, press
from tests.pages.test_app import BAD, COLOUR, GRAY
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def two_models(monkeypatch) -> dict[str, TinyColorizer]:
    """Two trained models, one of which needs no photograph to know that it is bad."""
    st.cache_resource.clear()
    trained = {"resnet50_unet": TinyColorizer(), "two_layer": TinyColorizer()}
    trained["two_layer"].name = "two_layer"
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: trained[name or "resnet50_unet"])
    monkeypatch.setattr(weights, "has_weights", lambda name: name in trained)
    return trained


def give(page, file):
    page.file_uploader[0].set_value(file).run()
    assert not page.exception
    return page


def headings(page) -> list[str]:
    """The titles of the models whose results are shown."""
    return [heading.value for heading in page.header if "at hand" not in heading.value]


def test_a_photograph_is_shown_through_every_trained_model_with_its_time(two_models):
    page = give(open_page("compare"), GRAY)
    assert headings(page) == [models.model_info(name).title for name in two_models]
    assert [model.runs for model in two_models.values()] == [2, 2], "once to colour, once for the clock"
    assert sum("seconds here" in caption.value for caption in page.caption) == 2
    page.run()
    assert [model.runs for model in two_models.values()] == [2, 2], "a rerun shows what is known"


def test_who_comes_back_after_a_while_sees_the_same(two_models):
    page = give(open_page("compare"), GRAY)
    forget(page.session_state)
    assert not page.session_state["compare_photograph"].predictions
    page.run()
    assert headings(page) == [models.model_info(name).title for name in two_models] and not page.exception
    assert set(page.session_state["compare_photograph"].predictions) == set(two_models)


def test_the_others_are_named_with_the_command_that_trains_them():
    page = open_page("compare")
    assert not page.exception
    titles = {expander.label for expander in page.expander}
    missing = set(models.list_models()) - {"resnet50_unet", "two_layer", "grayscale"}
    assert titles == {models.model_info(name).title for name in missing}
    assert all("python -m colorizer train" in code.value for code in page.code)


def test_a_sample_serves_as_well(two_models):
    page = press(open_page("compare"), "Pumpkins")
    assert not page.exception and two_models["two_layer"].runs == 2
    assert labels(page.button) == []


def test_another_photograph_takes_the_place_of_the_first(two_models):
    page = give(give(open_page("compare"), GRAY), COLOUR)
    assert page.session_state["compare_photograph"].name == "holiday.png"
    assert two_models["two_layer"].runs == 4


def test_a_file_that_is_no_photograph_is_refused_in_plain_words():
    page = give(open_page("compare"), BAD)
    assert page.error[0].value.startswith(r"**letter\_\*\.jpg**: A photograph must be JPEG")


def test_a_model_that_is_damaged_does_not_take_the_others_down(two_models, monkeypatch):
    def load(name=None):
        if name == "two_layer":
            raise weights.CorruptWeightsError("/srv/x.h5")
        return two_models["resnet50_unet"]

    monkeypatch.setattr(colorizer, "load_model", load)
    page = give(open_page("compare"), GRAY)
    assert "cannot be used at the moment" in page.error[0].value and "/srv" not in page.error[0].value
    assert two_models["resnet50_unet"].runs == 2


def test_stopping_leaves_the_rest_and_carrying_on_does_it(two_models):
    page = open_page("compare")
    page.session_state["compare_pause"] = ""
    give(page, GRAY)
    photograph = page.session_state["compare_photograph"]
    del photograph.predictions["two_layer"]
    page.session_state["compare_pause"] = "Stopped."
    page.run()
    assert page.info[0].value == r"Stopped\." and "Not coloured yet." in [caption.value for caption in page.caption]
    press(page, "Carry on")
    assert not page.exception and not page.info and two_models["two_layer"].runs == 4


def test_the_page_says_so_when_nothing_is_trained(monkeypatch):
    monkeypatch.setattr(weights, "has_weights", lambda name: False)
    assert "No model is trained yet" in open_page("compare").info[0].value


# --- the page of models


def test_layers_and_parameters_are_shown_when_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "has_weights", lambda name: False)
    page = open_page("models")
    next(toggle for toggle in page.toggle if toggle.key == "models_layers_two_layer").set_value(True).run()
    assert not page.exception
    assert "74,754 parameters" in " ".join(caption.value for caption in page.caption)
    assert "conv1" in list(page.dataframe[-1].value["layer"])


def test_the_course_of_a_training_is_shown_where_it_is_known(monkeypatch, tmp_path):
    path = tmp_path / "two_layer.weights.h5"
    path.touch()
    path.with_name("two_layer.history.csv").write_text("steps,seconds,loss,val_loss\n9,1,0.5,0.4\n18,2,0.3,0.2\n")
    monkeypatch.setattr(weights, "has_weights", lambda name: name == "two_layer")
    monkeypatch.setattr(weights, "weights_path", lambda name: path)
    page = open_page("models")
    assert not page.exception
    assert "Training: loss on new photographs from 0.4 to 0.2" in labels(page.expander)


def test_the_accuracy_of_the_reports_is_explained(monkeypatch):
    monkeypatch.setattr(weights, "has_weights", lambda name: False)
    page = open_page("models")
    assert "Why older reports print an accuracy of 82 %" in labels(page.expander)
    said = " ".join(text.value for text in page.markdown)
    for figure in ("82 %", "76.94 %", "55.7 %", "75.7 %", "45.87 %"):
        assert figure in said


def test_every_layer_is_counted_once():
    model = models.create_model("koalarization", extractor="mobilenet_v2")
    table = models.layer_table(model)
    assert sum(row["parameters"] for row in table) == model.count_params()
    assert [row["layer"] for row in table][:3] == ["copy", "extractor", "lightness_norm"]
    assert np.all([row["output"] for row in table])
