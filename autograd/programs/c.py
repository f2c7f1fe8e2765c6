"""A recorded program and its derivatives in C, for a machine that has no Python: a header and a source that need libm alone.

>>> from autograd import record
>>> found = to_c(record(lambda w, x: w * x, 2.0, 3.0), "times")
>>> print(found.header)
/* times(w, x) and its derivatives; printed by chainrule. */
#ifndef TIMES_H
#define TIMES_H
<BLANKLINE>
/* x: w, x */
double times(const double x[2]);
double times_and_gradient(const double x[2], double gradient[2]);
<BLANKLINE>
#endif
>>> print(*found.source.splitlines()[-7:], sep=chr(10))
    const double v2 = (x[0] * x[1]);
    double g0 = 0.0, g1 = 0.0, g2 = 1.0;
    if (g2 != 0.0) { const double d0 = x[1]; const double d1 = x[0]; g0 += g2 * d0; g1 += g2 * d1; }
    gradient[0] = g0 + 0.0;
    gradient[1] = g1 + 0.0;
    return v2;
}

The numbers are the engine's own at one point, to the bit, where the compiler does not contract products and sums
(``-ffp-contract=off``) and libm is the same. Arithmetic is IEEE's: where Python would raise, there is an infinity or nan.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from autograd.ops import TABLE
from autograd.printable import called, entry_of, no_name, own_formula, partials_in, value_of
from autograd.programs.straight import StraightLine, indented
from autograd.special import FEW_FACTORS
from autograd.trace import formula_of, in_c, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.operation import Operation
    from autograd.programs.flat import Flat
    from autograd.programs.program import Program
    from autograd.trace import Expression

HELPERS = {
    "power": "static double power(double a, double b) { return b == 1.0 ? a : pow(a, b); }",
    "signed_as": "static double signed_as(double a, double b) { return copysign(a, b != b ? 1.0 : b); }",
}
"""What operations call that is neither libm's nor printed from the table."""
WORDS = """x y gradient jacobian main math stddef alignas alignof asm auto bool break case char const constexpr continue
default do double else enum extern false float for goto if inline int linux long nullptr register restrict return short
signed sizeof static static_assert struct switch thread_local true typedef typeof typeof_unqual union unix unsigned void
volatile while INFINITY MAXFLOAT NAN NULL double_t float_t max_align_t offsetof ptrdiff_t signgam size_t wchar_t fpclassify
iscanonical iseqsig isfinite isgreater isgreaterequal isless islessequal islessgreater isnormal issignaling issubnormal
isunordered iszero math_errhandling signbit unreachable"""
"""The functions' own, keywords of C and of compilers, names and macros of math.h and stddef.h."""
OF_LIBM = """acos acosh acospi asin asinh asinpi atan atan2 atan2pi atanh atanpi canonicalize cbrt ceil compoundn copysign
cos cosh cospi drem erf erfc exp exp10 exp10m1 exp2 exp2m1 expm1 fabs fdim finite floor fma fmax fmaximum fmaximum_mag
fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod frexp fromfp
fromfpx gamma getpayload hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llogb llrint llround log log10 log10p1 log1p log2
log2p1 logb logp1 lrint lround modf nan nearbyint nextafter nextdown nexttoward nextup pow pow10 pown powr remainder remquo
rint rootn round roundeven rsqrt scalb scalbln scalbn setpayload setpayloadsig significand sin sincos sinh sinpi sqrt tan
tanh tanpi tgamma totalorder totalordermag trunc ufromfp ufromfpx y0 y1 yn cabs cacos cacosh carg casin casinh catan catanh
ccos ccosh cexp cimag clog clog10 conj cpow cproj creal csin csinh csqrt ctan ctanh"""
"""Functions of ISO's, POSIX's and GNU's libm, each of which has variants for other types."""
OF_LIBC = """abort abs aligned_alloc bcmp bcopy bzero calloc dcgettext dgettext execl execle execlp execv execve execvp exit
feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feraiseexcept fesetenv fesetexceptflag fesetround
fetestexcept feupdateenv ffs ffsl ffsll fork fprintf fputc fputc_unlocked fputs fputs_unlocked free fscanf fwrite
fwrite_unlocked gettext imaxabs index isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct
isspace isupper iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit
isxdigit labs llabs malloc memchr memcmp memcpy memmove mempcpy memset posix_memalign printf putc putc_unlocked putchar
putchar_unlocked puts realloc rindex scanf snprintf sprintf sscanf stpcpy stpncpy strcasecmp strcat strchr strcmp strcpy
strcspn strdup strfmon strftime strlen strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strrchr strspn strstr
toascii tolower toupper towlower towupper vfprintf vfscanf vprintf vscanf vsnprintf vsprintf vsscanf"""
"""What compilers know as functions of another kind."""
VARIANTS = (
    rf"({'|'.join(OF_LIBM.split())})(f\d+x?|[fl])?(_r)?",
    r"(f\d+x?|[fd])(add|div|fma|mul|sqrt|sub)(f\d+x?|l)?",
    r"(FP|M|MATH)_\w+|(HUGE_VAL|SNAN)\w*",
)
NAME = rf"(?!(?:{'|'.join(VARIANTS)})$)[A-Za-z]\w*"
"""What a function can be called, if it is not `RESERVED` too."""


RESERVED = frozenset([*WORDS.split(), *OF_LIBC.split(), *HELPERS, *(each.c.partition("(")[0] for each in TABLE.values())])


class C(NamedTuple):
    """A program in C: the texts of a header and of a source file, which includes it."""

    header: str
    source: str

    def save(self, path: str | Path) -> None:
        """Write both: ``path``.h and ``path``.c."""
        base = Path(path).with_suffix("")
        include = re.sub(r'#include "\w+\.h"', f'#include "{base.name}.h"', self.source, count=1)
        base.with_suffix(".h").write_text(self.header + "\n", encoding="utf-8")
        base.with_suffix(".c").write_text(include + "\n", encoding="utf-8")


def to_c(program: Program, name: str = "") -> C:
    """The program as C functions: ``name(x)`` and, of one output, ``name_and_gradient(x, gradient)``, which return the output.

    Of several outputs ``name(x, y)`` and ``name_and_jacobian(x, y, jacobian)``, a row for each output. ``x`` has all inputs,
    flat, in the order of `Program.labels`; so has the gradient. There is no state, no allocation, no loop and no branch but
    around derivatives that are 0; whether an index is one of its rows is not checked. `name` is the function's own unless given.

    Raises `TypeError` for an operation that libm has not (`gamma`, `lgamma`, `digamma`, `polygamma`) and for a user's operation
    that is no formula; `ValueError` for a name that is none in C.
    """
    flat, n, m = program.flat, program.inputs, program.outputs
    printer, name = _Printer(flat), name or program.signature.name
    if not re.fullmatch(NAME, name, re.ASCII) or name in RESERVED:
        raise no_name("to_c", "C", name)
    told = f"{name}({', '.join(program.names)})"
    if m == 1:
        value = f"double {name}(const double x[{n}])"
        both = f"double {name}_and_gradient(const double x[{n}], double gradient[{n}])"
    else:
        value = f"void {name}(const double x[{n}], double y[{m}])"
        both = f"void {name}_and_jacobian(const double x[{n}], double y[{m}], double jacobian[{m * n}])"
    guard = f"{name.upper()}_H"
    header = [
        f"/* {told} and its derivatives; printed by chainrule. */", f"#ifndef {guard}", f"#define {guard}", "",
        f"/* x: {', '.join(program.labels)} */", f"{value};", f"{both};", "", "#endif",
    ]  # fmt: skip
    source = [
        f"/* {told}; printed by chainrule: see {name}.h. */",
        f'#include "{name}.h"', "#include <math.h>", "#include <stddef.h>", "",
        *printer.functions(), f"{value} {{", *printer.values(), "}", "", f"{both} {{", *printer.derivatives(), "}",
    ]  # fmt: skip
    return C("\n".join(header), "\n".join(source))


class _Printer(StraightLine):
    """A flat program in C."""

    end = ";"

    def __init__(self, flat: Flat) -> None:
        super().__init__(flat)
        for entry, _ in self.code:
            if not (entry.many or entry.c or entry.author or entry.composite or entry.name in {"where", "detach", "identity"}):
                message = f"to_c: C has no {entry.name}() with this engine's digits: compute it outside, and make it an input"
                raise TypeError(message)

    def input(self, i: int) -> str:
        """An element of x."""
        return f"x[{i}]"

    def number(self, x: float) -> str:
        """A constant."""
        return in_c({"y": formula_of(x)}, (), {})[-1][4:-1]

    def formulas(self, formulas: Mapping[str, Expression], known: Mapping[str, str]) -> list[str]:
        """Formulas as constants."""
        return _in_c(formulas, known)

    def stated(self, entry: Operation, operands: list[str], y: str, results: Mapping[str, int | None]) -> list[str]:
        """A product of many numbers is a call."""
        return _product(operands, y, results) if entry.name == "prod" else super().stated(entry, operands, y, results)

    def values(self) -> list[str]:
        """All values, and the outputs where they belong."""
        flat = self.flat
        if self.alone:
            return indented(*self.forward(), f"return {self.at(flat.results[0])};")
        return indented(*self.forward(), *[f"y[{k}] = {self.at(i)};" for k, i in enumerate(flat.results)])

    def derivatives(self) -> list[str]:
        """The same, with the derivatives of each output, one after the other, before the last statements."""
        flat, n = self.flat, self.flat.inputs
        values, ends = self.values(), len(flat.results)
        if self.alone:
            lines = indented(*self.swept(flat.results[0], "gradient", 0))
        else:
            blocks = [indented("{", *self.swept(y, "jacobian", k * n), "}") for k, y in enumerate(flat.results)]
            lines = [*indented(*self.all_partials()), *[line for block in blocks for line in block]]
        return [*values[:-ends], *lines, *values[-ends:]]

    def swept(self, result: int, target: str, start: int) -> list[str]:
        """The derivatives of one output."""
        reached, lines = self.sweep(result)
        used = self.used(reached)
        sums = ", ".join([f"g{i} = {'1.0' if i == result else '0.0'}" for i in used])
        ends = [f"{target}[{start + i}] = {f'g{i} + 0.0' if i in reached else '0.0'};" for i in range(self.flat.inputs)]
        return [*([f"double {sums};"] if used else []), *lines, *ends]

    def step(self, y: int, lines: list[str]) -> list[str]:
        """A block of one line."""
        return [f"if (g{y} != 0.0) {{ {' '.join(lines)} }}"]

    def unless_closed(self, partial: str, line: str) -> str:
        """A choice closes edges."""
        return f"if ({partial} != 0.0) {line}"

    def functions(self) -> list[str]:
        """The functions that are called, each after those that it calls itself."""
        formulas: list[Expression] = []
        for entry, operands in self.code:
            if entry.name == "prod":
                continue
            names = [f"x{i}" for i in range(len(operands))] if entry.many else entry.operands
            (*xs, y) = symbols(*names, "y")
            formulas += [value_of(entry, xs), *[d for d in partials_in(entry, xs, y) if d is not None]]
        found: dict[str, str] = {}
        for entry in called(formulas):
            _define(entry, found)
        if any(entry.name == "prod" for entry, _ in self.code):
            found["product_of"] = _products()
        return [line for text in found.values() for line in (text, "")]


class _Spellings(dict):  # type: ignore[type-arg]
    """How C writes each operation."""

    def __missing__(self, name: str) -> str:
        entry = entry_of(name)
        return entry.c or f"value_{entry.name}({', '.join(['{}'] * entry.arity)})"


SPELLINGS = _Spellings()


def _in_c(formulas: Mapping[str, Expression], known: Mapping[str, str]) -> list[str]:
    """Formulas as constants, with what stands for each symbol in its place."""
    lines = in_c(formulas, list(known), SPELLINGS)
    ours = re.compile(r"(?<![\w.])(" + "|".join(sorted(map(re.escape, known), key=len, reverse=True)) + r")(?![\w(])")
    named = [ours.sub(lambda found: known[found[1]], line) for line in lines]
    return [line if line.startswith("const") else f"const double {line}" for line in named]


def _define(entry: Operation, found: dict[str, str]) -> None:
    """Add the function of an operation, if libm has none, after those that it calls."""
    name = SPELLINGS[entry.name].partition("(")[0]
    if name in found or not name.isidentifier():
        return
    if name in HELPERS:
        found[name] = HELPERS[name]
        return
    if entry.c:
        return
    formula = own_formula(entry)
    for each in called([formula]):
        _define(each, found)
    body = " ".join(in_c({"y": formula}, entry.operands, SPELLINGS)[:-1])
    last = in_c({"y": formula}, entry.operands, SPELLINGS)[-1]
    arguments = ", ".join(f"double {x}" for x in entry.operands)
    found[name] = f"static double {name}({arguments}) {{ {body}{' ' * bool(body)}return {last[4:]} }}"


def _product(operands: Sequence[str], y: str, results: Mapping[str, int | None]) -> list[str]:
    """A product of many numbers, as the engine multiplies: exponents have no bounds on the way."""
    n = len(operands)
    lines = [f"const double {y}_w[] = {{{', '.join(operands)}}};"]
    if set(results.values()) == {None}:
        return [*lines, f"const double {y} = product_of({y}_w, NULL, {n}, {n});"]
    lines = [f"double {y}_d[{n}];", f"cofactors_of({y}_w, NULL, {n}, {y}_d, 1);"]
    return [*lines, *[f"const double {name} = {y}_d[{i}];" for name, i in results.items()]]


def _products() -> str:
    """The engine's own functions for products."""
    text = (Path(__file__).parent.parent / "product.h").read_text("utf-8")
    body = text[text.index("typedef struct") : text.index("static inline double exponent_of")]
    body = re.sub(r"static inline unsigned gap_at.*\n", "", re.sub(r" *(/\*.*?\*/)+", "", body, flags=re.DOTALL))
    return f"#define FEW_FACTORS {FEW_FACTORS}\n{body.rstrip()}"


