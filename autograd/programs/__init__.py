"""Recorded programs: one function, many points. `autograd.record` and `autograd.Program` come from here when first asked for."""
