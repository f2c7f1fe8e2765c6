"""Networks of Values: neurons, layers, losses, optimisers, and training on real data by recorded programs.

>>> import nn
>>> model = nn.MLP(2, [4, 1], "tanh", seed=1)
>>> loss = nn.squared_error(model([1.0, 2.0]), 0.5)
>>> loss.backward()
>>> len(model.parameters())
17
"""

from chainrule.whole import require_whole

require_whole()

from nn.exchange import from_torch, to_onnx, to_torch
from nn.layers import MLP, AvgPool2d, Conv2d, Flatten, Layer, Neuron, Residual, Sequential
from nn.losses import binary_cross_entropy, cross_entropy, hinge, l1, l2, squared_error
from nn.module import Module, Stage
from nn.optim import SGD, Adam, AdamW, Optimizer, cosine_decay, exponential_decay, linear_decay, step_decay, warmup
from nn.sequences import RNN, Attention, Dropout, Embedding, LayerNorm, RMSNorm
from nn.training import Checkpoint, History, Training, fit

__all__ = [
    "MLP",
    "RNN",
    "SGD",
    "Adam",
    "AdamW",
    "Attention",
    "AvgPool2d",
    "Checkpoint",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "History",
    "Layer",
    "LayerNorm",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSNorm",
    "Residual",
    "Sequential",
    "Stage",
    "Training",
    "binary_cross_entropy",
    "cosine_decay",
    "cross_entropy",
    "exponential_decay",
    "fit",
    "from_torch",
    "hinge",
    "l1",
    "l2",
    "linear_decay",
    "squared_error",
    "step_decay",
    "to_onnx",
    "to_torch",
    "warmup",
]


def __dir__() -> list[str]:
    return __all__
