"""The facts of nearest_palette; its network is in `networks/nearest_palette.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Nearest patches",
    description=(
        "No network: every small square takes the colours of training patches of like lightness and texture, as it "
        "was done before 2015."
    ),
    source="Student report of 2015 (SVM over local descriptors); Welsh et al. 2002 (nearest patches)",
    departures="Nearest neighbours instead of a support vector machine; the report itself is not at hand.",
    output="ab",
    output_stride=8,
    size_multiple=8,
    working_size=192,
    recipe=Recipe(loss="mse", batch_size=16, crop_size=192, crop_scale=(1.0, 1.0), degraded=0.0),
    training="",
)
