"""The facts of koalarization; its network is in `networks/koalarization.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Baldassarre and others, 2017",
    description=(
        "Two networks in one. A classifier looks at the whole photograph and tells the "
        "network, for every spot alike, what it shows."
    ),
    source="Baldassarre, González Morín, Rodés-Guirao 2017 (arXiv 1712.03400)",
    departures=(
        "The classifier is MobileNetV2, adapted to grey pictures, in place of Inception-ResNet-v2, which "
        "`--set extractor=inception_resnet_v2` brings back for those who can download it. The decoder has the widths "
        "of the Columbia report, narrower than the paper's."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=224,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=32,
        crop_size=224,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
    training="--encoder imagenet",
)
