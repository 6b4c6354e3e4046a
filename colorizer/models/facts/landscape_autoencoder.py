"""The facts of landscape_autoencoder; its network is in `networks/landscape_autoencoder.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Landscape autoencoder",
    description=(
        "A student network that its authors trained on 305 landscapes. It predicts one colour for every spot, the mean "
        "of all likely ones, and so tends to brown."
    ),
    source="Wast, Kanwar: Coloring Black and White Images using Keras (student report), after Wallner 2017",
    departures=(
        "Layers and their widths are the report's. Trained on photographs of all kinds unless `--include` says "
        "otherwise; Adamax, which the report found best; early stopping instead of 500 epochs."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=256,
    recipe=Recipe(
        loss="mse",
        optimizer="adamax",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=16,
        crop_size=256,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
    training="--patience 5",
)
