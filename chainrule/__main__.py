"""The command `chainrule`, which is ``python -m chainrule`` too."""

import sys

from chainrule.whole import require_whole


def main() -> int:
    """Run the command line, once it is known to be whole."""
    try:
        require_whole()
    except ImportError as error:
        sys.stderr.write(f"chainrule: {error}\n")
        return 1
    from chainrule import command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(main())
