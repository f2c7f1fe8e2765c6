"""Placeholder until the numeric check lands."""


def check_gradients(f, *args, order=1):
    """Not written yet."""
    raise NotImplementedError
