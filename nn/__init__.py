"""Neurons, layers and multi-layer perceptrons made of Values: they come with the next release, and nothing is here yet."""

__all__: list[str] = []
