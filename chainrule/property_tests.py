"""Hypothesis finds the strategies for Values by itself: the entry point that it asks for when it is imported.

>>> register()
"""

from __future__ import annotations

import sys


def register() -> None:
    """Let ``st.from_type(Value)`` draw Values if `autograd` is imported already; else autograd does when it is.

    So `import hypothesis` takes no longer where nobody needs them, and does not break where another package of the name
    autograd, such as HIPS's, is installed over ours.
    """
    if hasattr(sys.modules.get("autograd"), "COMPILED"):
        from autograd import strategies  # noqa: F401  (importing it registers them)
