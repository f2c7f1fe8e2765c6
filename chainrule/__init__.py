"""The command `chainrule`: an expression, its value, its gradients and its picture, without a line of Python."""
