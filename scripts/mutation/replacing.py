"""Replaces code in an interpreter that has loaded it."""

import gc
from types import CodeType, FunctionType


def find_code(code: CodeType, name: str) -> list[CodeType]:
    """Return the code of the functions with a qualified name."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    deeper = [found for other in inner for found in find_code(other, name)]
    return [other for other in inner if other.co_qualname == name] + deeper


def is_replaceable(source: str, code: str, function: str) -> bool:
    """Whether the code of a function can be replaced in the function object."""
    old = find_code(compile(source, "", "exec"), function)
    new = find_code(compile(code, "", "exec"), function)
    return len(old) == len(new) == 1 and old[0].co_freevars == new[0].co_freevars


def loaded_functions() -> dict[tuple[str, str], list[FunctionType]]:
    """Return the functions that are loaded, by file and qualified name."""
    functions: dict[tuple[str, str], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            code = thing.__code__
            functions.setdefault((code.co_filename, code.co_qualname), []).append(thing)
    return functions
