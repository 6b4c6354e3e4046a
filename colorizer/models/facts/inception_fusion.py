"""The facts of inception_fusion; its network is in `networks/inception_fusion.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Inception fusion",
    description=(
        "The network of Baldassarre and others as two groups of students rebuilt it: one layer deeper, and trained on "
        "zoomed, mirrored and sheared photographs."
    ),
    source="Ain Shams University 2021, second model; IIIT Vadodara (student reports), after arXiv 1712.03400",
    departures=(
        "The classifier is MobileNetV2, adapted to grey pictures, in place of Inception-ResNet-v2, which "
        "`--set extractor=inception_resnet_v2` brings back for those who can download it."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=256,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=20,
        crop_size=256,
        crop_scale=(0.7, 1.0),
        shear=15.0,
        degraded=0.0,
    ),
    training="--encoder imagenet",
)
