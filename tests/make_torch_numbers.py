"""Writes tests/torch_numbers.json: what PyTorch's optimisers and schedules make of fixed gradients, and its layers of sequences.

python tests/make_torch_numbers.py  (where torch is installed; run once, in float64)
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]  # in no extra: only this script needs it

OPTIMISERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"lr": 0.1}),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd with decay": ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1}),
    "adam": ("Adam", {"lr": 0.01}),
    "adam with betas": ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    "adamw": ("AdamW", {"lr": 0.01}),
    "adamw with decay": ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
}
SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "cosine": ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.1}),
    "exponential": ("ExponentialLR", {"gamma": 0.9}),
    "step": ("StepLR", {"step_size": 3, "gamma": 0.5}),
    "linear": ("LinearLR", {"start_factor": 1.0, "end_factor": 0.25, "total_iters": 4}),
}
SEQUENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "embedding": ("Embedding", {"num_embeddings": 5, "embedding_dim": 4}),
    "rms norm": ("RMSNorm", {"normalized_shape": 4, "eps": 1e-3}),
    "rms norm without weights": ("RMSNorm", {"normalized_shape": 4, "eps": 1e-5, "elementwise_affine": False}),
    "layer norm": ("LayerNorm", {"normalized_shape": 4, "eps": 1e-3}),
    "attention": ("MultiheadAttention", {"embed_dim": 4, "num_heads": 2, "bias": False}),
    "attention with biases": ("MultiheadAttention", {"embed_dim": 4, "num_heads": 1}),
    "rnn": ("RNN", {"input_size": 4, "hidden_size": 3}),
    "rnn by relu": ("RNN", {"input_size": 4, "hidden_size": 3, "nonlinearity": "relu"}),
}
STEPS, SIZE = 6, 4


def main() -> None:
    """Start and gradients are drawn; the parameters after each step are kept."""
    draw = random.Random(0)
    start = [draw.uniform(-1, 1) for _ in range(SIZE)]
    gradients = [[draw.uniform(-2, 2) for _ in range(SIZE)] for _ in range(STEPS)]
    found = {name: [kind, options, path(kind, options, start, gradients)] for name, (kind, options) in OPTIMISERS.items()}
    rates = {name: [kind, options, rates_of(kind, options)] for name, (kind, options) in SCHEDULES.items()}
    clipped = {"norm": clip(torch.nn.utils.clip_grad_norm_, gradients), "value": clip(torch.nn.utils.clip_grad_value_, gradients)}
    content = {"torch": torch.__version__, "start": start, "gradients": gradients, "paths": found, "rates": rates}
    content["clipped"] = clipped
    content["sequences"] = {name: [kind, options, layer(kind, options)] for name, (kind, options) in SEQUENCES.items()}
    Path(__file__).with_name("torch_numbers.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def path(kind: str, options: dict[str, Any], start: list[float], gradients: list[list[float]]) -> list[list[float]]:
    """The parameters after each step."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, kind)([theta], **options)
    found = []
    for gradient in gradients:
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        found.append(theta.detach().tolist())
    return found


def rates_of(kind: str, options: dict[str, Any]) -> list[float]:
    """The learning rate of each step, from 2 on."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = getattr(torch.optim.lr_scheduler, kind)(optimizer, **options)
    found = []
    for _ in range(STEPS):
        found += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    return found


def layer(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """A module with drawn parameters: what it makes of a sequence, and the gradient of the outputs' sum of squares."""
    draw = random.Random(kind + repr(options))

    def drawn(*shape: int) -> Any:
        numbers = [draw.uniform(-1, 1) for _ in range(torch.Size(shape).numel())]
        return torch.tensor(numbers, dtype=torch.float64).reshape(shape)

    module = getattr(torch.nn, kind)(**options, dtype=torch.float64)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(drawn(*parameter.shape))
    x = torch.tensor([3, 0, 3, 1]) if kind == "Embedding" else drawn(4, SIZE).requires_grad_()
    later = torch.ones(4, 4, dtype=torch.bool).triu(1)
    y = module(x, x, x, attn_mask=later)[0] if kind == "MultiheadAttention" else module(x)
    y = y[0] if kind == "RNN" else y
    (y * y).sum().backward()
    found = {"x": x.tolist(), "y": y.tolist(), "x.grad": None if x.grad is None else x.grad.tolist()}
    found["parameters"] = {name: [p.tolist(), p.grad.tolist()] for name, p in module.named_parameters()}
    return found


def clip(how: Any, gradients: list[list[float]]) -> list[list[float]]:
    """Each gradient, limited to 1.5."""
    found = []
    for gradient in gradients:
        theta = torch.zeros(SIZE, dtype=torch.float64)
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        how([theta], 1.5)
        found.append(theta.grad.tolist())
    return found


main()
