"""``python -m viz`` is the command `chainrule`."""

import sys

from chainrule.command_line import main

if __name__ == "__main__":
    sys.exit(main())
