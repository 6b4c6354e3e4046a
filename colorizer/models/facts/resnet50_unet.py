"""The facts of resnet50_unet; its network is in `networks/resnet50_unet.py`."""

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Huestory",
    description=(
        "Our own network. It recognises what a photograph shows with three encoders trained on a million pictures, "
        "and chooses for every spot among 261 colours."
    ),
    source="ResNet-50 v2 (arXiv 1603.05027), U-Net (arXiv 1505.04597), ab bins (arXiv 1603.08511)",
    output="bins",
    output_stride=4,
    size_multiple=32,
    working_size=224,
    contrast=1.76,
    smoothing=True,
    learned_upsampling=True,
    recipe=Recipe(logit_adjustment=0.55),
    training="--encoder RESNET50V2.npz MOBILENET_V2.npz",
)
