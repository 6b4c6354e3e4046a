"""The facts of two_layer; its network is in `networks/two_layer.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Two layers",
    description="A student network of two layers. It sees five by five pixels around each spot, and nothing else.",
    source="Tunuguntla, Bhat 2016: Image Colorization, initial model (Wisconsin, student report)",
    departures="The dense layer is applied pixel by pixel, so that photographs of any size fit.",
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=128,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=32,
        crop_size=64,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
)
