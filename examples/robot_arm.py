"""A microcontroller gets a robot arm's position and its Jacobian: differentiated in Python, shipped as C without dependencies.

python examples/robot_arm.py

Where the hand is, by the angles of base, shoulder and elbow, is written once; `to_c` prints it with its derivatives. With a C
compiler at hand the functions are compiled, called and compared with the recorded program, to the bit.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from autograd import Value, cos, record, sin
from autograd.programs.c import to_c
from chainrule.arguments import arguments

UPPER, FORE, HEIGHT = 0.425, 0.392, 0.089
"""Metres: of the upper arm, of the forearm, and how high the shoulder stands."""


def hand(angles: list[Value]) -> list[Value]:
    """Where the hand is, in metres: the arm lies in a plane, which the base turns."""
    base, shoulder, elbow = angles
    reach = UPPER * cos(shoulder) + FORE * cos(shoulder + elbow)
    return [reach * cos(base), reach * sin(base), HEIGHT + UPPER * sin(shoulder) + FORE * sin(shoulder + elbow)]


def main() -> None:
    """Print the C, compile it, and compare."""
    arm = record(hand, [0.0] * 3)
    found = to_c(arm, "arm")
    print(found.header)
    print(f"{len(found.source.splitlines())} lines of C for the position and its Jacobian")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform == "win32":
        print("no C compiler here: the text was printed, not run")
        return
    with tempfile.TemporaryDirectory() as folder:
        found.save(Path(folder, "arm"))
        flags = ["-O2", "-ffp-contract=off", "-fno-builtin-pow", "-Wall", "-Wextra", "-pedantic", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", "arm.so", "arm.c", "-lm"], cwd=folder, check=True)  # noqa: S603  (a compiler)
        library = ctypes.CDLL(str(Path(folder, "arm.so")))
        angles = [0.3, 1.2, -0.9]
        x, y, jacobian = (ctypes.c_double * 3)(*angles), (ctypes.c_double * 3)(), (ctypes.c_double * 9)()
        library.arm_and_jacobian(x, y, jacobian)
        rows = [list(jacobian[3 * k : 3 * k + 3]) for k in range(3)]
        print("the hand is at", ", ".join(f"{number:.6f}" for number in y))
        print("equal to the program, value and Jacobian:", list(y) == arm(angles) and rows == arm.jacobian(angles))


if __name__ == "__main__":
    arguments(__doc__)
    main()
