"""The facts of grayscale; its network is in `networks/grayscale.py`."""

from colorizer.models.info import ModelInfo

INFO = ModelInfo(
    title="Plain grey",
    description="No network: the photograph stays grey. Every other model has to do better than that.",
    source="A baseline; nothing is learnt",
    output="ab",
    output_stride=8,
    size_multiple=8,
    working_size=64,
    training=None,
)
