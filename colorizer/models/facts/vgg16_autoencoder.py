"""The facts of vgg16_autoencoder; its network is in `networks/vgg16_autoencoder.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="VGG16 autoencoder",
    description=(
        "A student network: the layers of VGG16, which once learnt to name what a picture shows, and a decoder that "
        "turns what they see into one colour for every spot."
    ),
    source="Ain Shams University 2021, first model (student report), after VGG16 (arXiv 1409.1556)",
    departures="The decoder's layers are a reading of a lost figure; see the model's file.",
    output="ab",
    output_stride=1,
    size_multiple=32,
    working_size=224,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-4,
        warmup_steps=1,
        batch_size=20,
        crop_size=224,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
        frozen_stages=-1,
    ),
    training="--encoder imagenet",
)
