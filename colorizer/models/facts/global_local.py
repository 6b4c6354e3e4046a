"""The facts of global_local; its network is in `networks/global_local.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Global and local features",
    description=(
        "A student network: what the whole photograph shows and what each small part looks like are found apart, and "
        "joined to choose the colours."
    ),
    source="Tunuguntla, Bhat 2016: Image Colorization (Wisconsin, student report), with VGG16 (arXiv 1409.1556)",
    departures=(
        "VGG16's last maps, averaged, are the global features, or what MobileNetV2 says of the photograph, as in the "
        "weights that ship; they are normalised before they are joined; the last layer is dense place by place."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=128,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-4,
        batch_size=32,
        crop_size=128,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
    training="--encoder imagenet",
)
