"""How a network is trained: a frozen dataclass, of which each model declares its own."""

from dataclasses import dataclass

CLIP_NORM = 1.0
"""The gradient of each variable is scaled down to this norm where it is longer, whatever the optimizer."""


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of a training; the defaults are the default model's, measured in `weights/README.md`."""

    crop_size: int = 160
    """side of the square crops, in pixels"""
    crop_scale: tuple[float, float] = (0.55, 1.0)
    """range of the side cut from a photograph, as a share of its short side; less zooms in further"""
    mirror: bool = True
    """whether half of the crops are mirrored"""
    shear: float = 0.0
    """crops are sheared by up to this angle, in degrees"""
    batch_size: int = 32
    """photographs per step"""
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
    """steps over which the rate rises linearly from 0; 1: no warm-up"""
    weight_decay: float = 0.01
    """weight decay of AdamW"""
    rebalance: float = 0.75
    """share of the uniform distribution in the class weights (lambda of Zhang et al. 2016); 1: no rebalancing"""
    logit_adjustment: float = 0.0
    """the finished network's distributions are multiplied by the class weights to this power, for more colour and less
    likeness (Menon et al. 2021, *Long-tail learning via logit adjustment*, arXiv 2007.07314, section 4.1)"""
    likeness_weight: float = 0.8
    """weight, per decibel, of the error of the decoded colours; added to the cross-entropy"""
    colorfulness_price: float = 0.11
    """reward, in decibels of error, for one unit of colourfulness"""
    chroma_price: float = 0.105
    """reward, in decibels of error, for one unit of mean chroma"""
    coherence_weight: float = 4.0
    """weight of the error of colour differences between places"""
    excess_weight: float = 1.0
    """weight of chroma beyond that of the original"""
    tint_weight: float = 0.0
    """weight of tint (share of the chroma energy in the mean colour, 0..1) beyond that of the original"""
    lightness_bound_weight: float = 0.0
    """weight of the share of colour variance that L* explains (0..1) beyond that of the original"""
    degraded: float = 0.35
    """share of the pictures that are degraded like old film and poor scans before the network sees them"""
    frozen_stages: int = 2
    """encoder stages, after the stem, that keep their ImageNet weights; -1 trains the stem, too"""
    train_classifier: bool = False
    """whether the classifier inside `resnet50_unet` is trained, too; its batch normalisation stays as it is"""
    only: str = ""
    """layers whose names begin like this are trained, and all others stay as they are; empty: see `frozen_stages`"""
    precision: str = "float32"
    """Keras dtype policy; `mixed_bfloat16` is about twice as fast where the processor computes in it"""
    save_minutes: float = 5.0
    """minutes between saves of the state"""
