"""``python -m viz`` is the command `chainrule`."""

import sys

from chainrule.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
