"""The facts of eccv16; its network is in `networks/eccv16.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Zhang and others, 2016",
    description=("It chooses for every spot among 313 colours and takes care not to forget the rare ones."),
    source="Zhang, Isola, Efros 2016 (arXiv 1603.08511)",
    departures="Trained for minutes where the paper took days: at ten times its rate, falling along a cosine.",
    output="bins",
    bins=313,
    output_stride=4,
    size_multiple=8,
    working_size=256,
    temperature=0.38,
    recipe=Recipe(
        crop_size=176,
        optimizer="adam",
        batch_size=40,
        learning_rate=3e-4,
        rebalance=0.5,
        likeness_weight=0.0,
        coherence_weight=0.0,
        excess_weight=0.0,
        degraded=0.0,
    ),
)
