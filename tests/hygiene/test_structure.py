"""Holds the structure of the code: no import circles, flat screen classes, short modules."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

import vsm

ROOT = Path(__file__).parents[2]

CIRCLE_MAX = 3
"""Most modules that may import each other in a circle."""
LINES_MAX = 450
"""Most lines of a module."""
FUNCTION_MAX = 60
"""Most lines of a function."""
DEPTH_MAX = 3
"""Most classes of vsm above one another in the screens, the lowest included."""


def _modules() -> dict[str, Path]:
    """Every module of vsm with its file."""
    out = {}
    for file in sorted((ROOT / "vsm").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        out[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return out


def _imported(tree: ast.AST) -> Iterator[str]:
    """Every name that is imported: at the top, in functions and for type checking alike."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _circles() -> list[set[str]]:
    modules = _modules()
    graph = nx.DiGraph()
    for name, file in modules.items():
        for imported in _imported(ast.parse(file.read_text("utf-8"))):
            target = imported if imported in modules else imported.rpartition(".")[0]
            if target in modules and target != name:
                graph.add_edge(name, target)
    return [circle for circle in nx.strongly_connected_components(graph) if len(circle) > 1]


def test_no_import_circle_has_more_than_three_modules() -> None:
    assert [sorted(circle) for circle in _circles() if len(circle) > CIRCLE_MAX] == []


def _functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and number of lines of each function, decorators aside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.name, node.end_lineno - node.lineno + 1


def test_modules_are_short() -> None:
    lines = {name: len(file.read_text("utf-8").splitlines()) for name, file in _modules().items()}
    long = {name: count for name, count in lines.items() if count > LINES_MAX}
    assert long == {}


def test_functions_are_short() -> None:
    lines = {
        f"{name}.{function}": count
        for name, file in _modules().items()
        for function, count in _functions(ast.parse(file.read_text("utf-8")))
        if count > FUNCTION_MAX
    }
    assert lines == {}


def _depth(cls: type) -> int:
    """Classes of vsm in the longest line of inheritance that ends with this one."""
    if not cls.__module__.startswith("vsm."):
        return 0
    return 1 + max(map(_depth, cls.__bases__), default=0)


def test_screens_inherit_at_most_three_deep() -> None:
    deep = {}
    for module in pkgutil.walk_packages(vsm.__path__, "vsm."):
        if not module.name.startswith(("vsm.screens", "vsm.app", "vsm.widgets")):
            continue
        for name, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if cls.__module__ == module.name:
                depth = _depth(cls)
                if depth > DEPTH_MAX:
                    deep[f"{module.name}.{name}"] = depth
    assert deep == {}
