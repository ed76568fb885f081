"""Numeric tasks: parameters drawn from a seed, formulas evaluated safely, numbers read from text.

Formulas are evaluated by simpleeval, which walks Python's syntax tree and knows nothing but
arithmetic and the functions named here.
"""

import ast
import math
import operator
import random
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from questionbank.question import NumericTask, Parameter

Number = int | float
Values = Mapping[str, Number]

MAX_FORMULA = 500
"""Characters; with powers kept to floats this bounds the work a formula can ask for."""


def _round(number: Number, digits: int = 0) -> float:
    """Round like the built-in, which would take minutes over `round(5, -999999999)`."""
    if not -15 <= digits <= 15:
        raise ValueError("round takes from -15 to 15 digits")
    return float(round(number, digits))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": _round,
    "sqrt": math.sqrt,
}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,  # overflows at once where whole numbers would grow for minutes
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SYNTAX = (
    *_OPERATORS,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.IfExp,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Expression,
)
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}:]{1,200}?)\s*(?::\s*([^{}]{1,12}?))?\s*\}\}")
_FORMAT = re.compile(r",?(d|(\.\d{1,2})?[f%])|,")


class FormulaError(ValueError):
    """A formula that cannot be computed; the text says why."""


def evaluate(formula: str, values: Values) -> float:
    """Compute a formula.

    Args:
        formula: arithmetic over the names in `values`, comparisons and `a if b else c`; `abs`,
            `ceil`, `exp`, `floor`, `log`, `log2`, `log10`, `max`, `min`, `round` and `sqrt` are
            known.
        values: numbers by name.

    Returns:
        A finite number.

    Raises:
        FormulaError: unknown name, anything but arithmetic, division by zero, overflow.
    """
    try:
        tree = _parse(formula)
        evaluator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=dict(values))
        result = evaluator.eval(formula, previously_parsed=tree.body)
        number = float(result)
    except (RecursionError, MemoryError) as error:
        raise FormulaError(f"{formula[:40]!r}… cannot be computed: nested too deep") from error
    except (InvalidExpression, SyntaxError, ArithmeticError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise FormulaError(f"{formula[:200]!r} cannot be computed: {reason}") from error
    if isinstance(result, bool) or not math.isfinite(number):
        raise FormulaError(f"{formula!r} is not a finite number")
    return number


@lru_cache(maxsize=256)  # checks compute each formula for many seeds
def _parse(formula: str) -> ast.Expression:
    """Read a formula and refuse what is not arithmetic before any of it is computed."""
    if len(formula) > MAX_FORMULA:
        raise ValueError(f"longer than {MAX_FORMULA} characters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's hints on style, as for `1if a else 2`
        tree = ast.parse(formula.strip(), mode="eval")
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or type(node.value) in (int, float)
        if not number or not isinstance(node, _SYNTAX):
            raise ValueError(f"{ast.unparse(node)[:40]!r} is not arithmetic")
    return tree


def draw(task: NumericTask, seed: int) -> dict[str, Number]:
    """Draw the parameters of one instance.

    Args:
        task: the task.
        seed: any whole number; the same seed gives the same instance for good.

    Returns:
        Numbers by parameter name.
    """
    return {
        name: _draw_one(parameter, random.Random(f"{seed}/{name}").random())  # noqa: S311 - no secret
        for name, parameter in task.parameters.items()
    }


def _draw_one(parameter: Parameter, share: float) -> Number:
    """Pick by a share in [0, 1): `random()` alone is promised stable across Python versions."""
    if parameter.values is not None:
        return parameter.values[int(share * len(parameter.values))]
    low, high, step = parameter.min, parameter.max, parameter.step
    if low is None or high is None or step is None:  # pragma: no cover - refused when loaded
        raise ValueError("a range needs min, max and step")
    count = math.floor((high - low) / step + 1e-9) + 1
    value = low + int(share * count) * step
    return value if isinstance(value, int) else round(value, 10)


def right_value(task: NumericTask, values: Values) -> float:
    """The right answer for drawn parameters.

    Raises:
        FormulaError: the formula cannot be computed.
    """
    return evaluate(task.formula, values)


def fill(text: str, values: Values) -> str:
    """Put numbers into `{{name}}`, `{{formula}}` and `{{formula : ,.2f}}`.

    Args:
        text: a prompt, an exhibit or a worked solution.
        values: numbers by name.

    Returns:
        The text with each placeholder replaced.

    Raises:
        FormulaError: a placeholder cannot be computed.
    """

    def replace(found: re.Match[str]) -> str:
        formula, spec = found.group(1), found.group(2)
        if spec is not None and not _FORMAT.fullmatch(spec):
            raise FormulaError(f"{spec!r} is no number format; use for example ,.2f")
        return spell(evaluate(formula, values), spec)

    return _PLACEHOLDER.sub(replace, text)


def spell(number: float, spec: str | None = None) -> str:
    """Write a number for people: thousands separated, no needless decimals.

    Args:
        number: a finite number.
        spec: one of Python's number formats; None for four significant digits and at least cents.
    """
    if spec is not None:
        return format(round(number) if spec.endswith("d") else number, spec)
    whole = round(number)
    if abs(number - whole) <= 1e-9 * abs(number):
        return f"{whole:,}"
    digits = max(2, 4 - math.floor(math.log10(abs(number))))
    return f"{number:,.{digits}f}".rstrip("0").rstrip(".")


_SPACES = "\u2009\u202f\u00a0"
_NUMBER = re.compile(
    rf"""
    (?<![\w.,])                           # not inside a word
    (?P<sign>[-+\u2212]?)
    (?P<currency>[$€£¥][ ]?)?
    (?P<digits>
        # 12 345 with plain spaces: only where it cannot be a list of numbers
        (?<!\d[ ]) (?:[1-9]\d? | (?:(?<=[$€£¥])|(?<=[$€£¥][ ])) [1-9]\d\d)
        (?:[ ]\d{{3}})+ (?:\.\d{{1,20}}|,\d{{1,2}})? (?![.,]?\d|[ ]\d)
      | \d[\d.,'_\u2019{_SPACES}]{{0,60}}
      | \.\d{{1,20}}
    )
    (?!\d)
    (?P<exponent>[eE][-+]?\d{{1,3}}\b)?
    [ ]?(?P<scale>%|(?:percent|k|K|thousand|m|M|mn|million|bn|b|B|billion)\b)?
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"(?<!\w)[A-Za-z]\w*(?:-\w[\w.]*)+")
"""`GPT-4` and `T5-11b`: the numbers in a model's name are no answer."""
_GROUPS = re.compile(
    rf"\d{{1,3}}(?:(?P<mark>[., '_\u2019{_SPACES}])\d{{3}})(?:(?P=mark)\d{{3}})*"
    r"|\d{1,2}(?:,\d{2})+,\d{3}"  # 12,34,567 as in India
)
_MARKS = re.compile(rf"[., '_\u2019{_SPACES}]")
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
}


def read_numbers(text: str) -> tuple[float, ...]:
    """Find the numbers a person wrote, in order.

    Understands `12,345.6`, `12.345,6`, `12 345`, `12_345`, `$12.3k`, `4.5 million`, `1e6`; a per
    cent sign is dropped. Plain spaces separate thousands only where the parts cannot be a list:
    one or two digits first (any, after a currency sign), then groups of three, no number beside.

    Args:
        text: an answer; its first 20,000 characters are read.

    Returns:
        The numbers, none if there are none; what cannot be read as one number is left out.
    """
    return tuple(number for number in _scan(text) if number is not None)


def _scan(text: str) -> list[float | None]:
    """All that look like numbers, None for those that make no sense."""
    found: list[float | None] = []
    readable = _NAME.sub(lambda name: " " * len(name.group()), text[:20_000])
    for match in _NUMBER.finditer(readable):
        digits = _plain_digits(match.group("digits").rstrip(f".,'_\u2019{_SPACES}"))
        if digits is None:
            found.append(None)
            continue
        number = float(digits + (match.group("exponent") or ""))
        number *= _SCALES.get((match.group("scale") or "").lower(), 1.0)
        negative = match.group("sign") in ("-", "\u2212")
        found.append((-number if negative else number) if math.isfinite(number) else None)
    return found


def stated_number(text: str) -> float | None:
    """The number an answer settles on.

    Args:
        text: an answer.

    Returns:
        The first number after the last `=` or `≈`, else the only number in it; None if it has
        none or leaves open which one it means.
    """
    before, _, tail = re.sub("≈", "=", text).rpartition("=")
    found = (_scan(tail)[:1] if before else []) or list(dict.fromkeys(_scan(text)))
    return found[0] if len(found) == 1 else None


def _plain_digits(written: str) -> str | None:
    """Spell `1,234.5`, `1.234,5` and `1 234,5` as `1234.5`; None if it makes no sense."""
    comma, dot = written.count(","), written.count(".")
    decimal = ""
    if comma and dot:
        decimal = "." if written.rfind(".") > written.rfind(",") else ","
    elif dot == 1:
        decimal = "."
    elif comma == 1 and (written.startswith("0") or not _GROUPS.fullmatch(written)):
        decimal = ","
    whole, _, fraction = written.rpartition(decimal) if decimal else (written, "", "")
    if fraction and not fraction.isdecimal():
        return None
    if whole and not whole.isdecimal() and not _GROUPS.fullmatch(whole):
        return None
    return _MARKS.sub("", whole) + (f".{fraction}" if fraction else "")
