"""How a network is trained: one frozen record, of which each model brings its own."""

from dataclasses import dataclass

CLIP_NORM = 1.0
"""The gradient of each variable is scaled down to this norm where it is longer, whatever the optimizer."""


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of a training; the defaults are the default model's, measured in `weights/README.md`."""

    crop_size: int = 160
    """side of the square crops, in pixels"""
    crop_scale: tuple[float, float] = (0.55, 1.0)
    """side cut from a photograph, as a share of its short side: how far it is zoomed into"""
    mirror: bool = True
    """whether half of the crops are mirrored"""
    shear: float = 0.0
    """crops are sheared by up to this angle, in degrees"""
    batch_size: int = 32
    """photographs a step"""
    loss: str = "cross_entropy"
    """cross_entropy over ab bins, or mse or huber of ab: classification or regression"""
    optimizer: str = "adamw"
    """adamw, adam, adamax or rmsprop, with Keras' defaults: betas 0.9 and 0.999, epsilon 1e-7 (rmsprop: rho 0.9); the
    gradient of each variable is clipped, see `CLIP_NORM`"""
    schedule: str = "cosine"
    """cosine: the rate falls to 0 at the end of the training; constant: it stays"""
    learning_rate: float = 4e-4
    """highest rate, reached after the warm-up"""
    space: str = "lab"
    """colour space in which the error of a regression is taken: lab, luv, yuv or hsv"""
    warmup_steps: int = 100
    """steps over which the rate rises from 0 in a straight line; 1: no warm-up"""
    weight_decay: float = 0.01
    """of AdamW"""
    rebalance: float = 0.75
    """share of the uniform distribution in the class weights (lambda of Zhang et al. 2016); 1: no rebalancing"""
    logit_adjustment: float = 0.0
    """power of the class weights that multiplies the finished network's distributions: more colour, less likeness
    (Menon et al. 2021, *Long-tail learning via logit adjustment*, arXiv 2007.07314, section 4.1)"""
    likeness_weight: float = 0.8
    """price of the shown colours' error, per decibel, beside the cross-entropy"""
    colorfulness_price: float = 0.11
    """decibels that a unit of colourfulness may cost"""
    chroma_price: float = 0.105
    """decibels that a unit of mean chroma may cost"""
    coherence_weight: float = 4.0
    """price of the error of differences between places"""
    excess_weight: float = 1.0
    """price of chroma that the original lacks"""
    degraded: float = 0.35
    """share of the pictures that are degraded like old film and poor scans before the network sees them"""
    frozen_stages: int = 2
    """encoder stages, after the stem, that keep their ImageNet weights; -1 trains the stem, too"""
    precision: str = "float32"
    """Keras dtype policy; `mixed_bfloat16` is about twice as fast where the processor computes in it"""
    save_minutes: float = 5.0
    """minutes between saves of the state"""
