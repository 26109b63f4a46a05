"""Habits that the linters do not know: SQL in one place, no swallowed errors, no leftovers."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "vsm").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SQL = re.compile(
    r"\bSELECT\s.+\sFROM\s|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b"
    r"|\b(CREATE|DROP|ALTER)\s+(TABLE|INDEX|TRIGGER|VIEW)\b|\bPRAGMA\s+\w+|\bBEGIN\s+IMMEDIATE\b",
    re.DOTALL,
)
HOSTS = re.compile(
    r"pypi\.|pythonhosted|npmjs|(deb|security)\.debian|index-url|find-links|trusted-host"
    r"|\bPIP_[A-Z_]*(URL|LINKS|HOST)"
)
LEFTOVERS = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|pragma: no cover|type: ignore(?!\[)"
    r"|noqa(?!: [A-Z])|\bbreakpoint\("
)
ONE_MACHINE = re.compile(r"(?<![\w.])/(work|root|Users)/\w|/tmp/\w")


def name(path: Path) -> str:
    """The path of a file as messages show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The parsed source of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    """All text files of the project: those git knows, else all but caches."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
    )
    assert listed.returncode == 0, "this test looks at the files that git tracks"
    paths = [ROOT / p.decode() for p in listed.stdout.split(b"\0") if p]
    return [p for p in paths if p.is_file() and b"\0" not in p.read_bytes()[:4096]]


def texts(module: ast.Module) -> Iterator[ast.Constant]:
    """String constants that are not docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def at_import(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run when the module is imported (not those for type checkers)."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            if ast.unparse(node.test) not in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                yield from at_import(node.body)
            yield from at_import(node.orelse)
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            yield from at_import(node.body)


def packages(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Top-level packages that an import names."""
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in node.names}


def explain(places: list[str], remedy: str) -> str:
    """The message of a failing test: one place a line, then what to do."""
    return "\n".join([*places, remedy])


def test_sql_stands_in_the_store_only() -> None:
    places = [
        f"{name(path)}:{node.lineno}: {node.value}"
        for path in SOURCES
        if not path.is_relative_to(ROOT / "vsm" / "store")
        for node in texts(tree(path))
        if SQL.search(str(node.value))
    ]
    assert not places, explain(places, "move SQL to vsm/store")


def test_command_line_modules_import_nothing_heavy_at_the_top() -> None:
    late = {"textual", "numpy", "networkx", "sqlite_utils"}
    places = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in sorted((ROOT / "vsm" / "cli").glob("*.py"))
        for node in at_import(tree(path).body)
        if late & packages(node)
    ]
    assert not places, explain(places, "import these inside the verb that needs them")


def test_no_error_is_swallowed() -> None:
    every = {"Exception", "BaseException"}
    places: list[str] = []
    for path in [*SOURCES, *TESTS]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or ast.unparse(node.type) in every
                idle = all(
                    isinstance(s, ast.Pass | ast.Continue)
                    or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
                    for s in node.body
                )
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                broad, idle = bool(every & {ast.unparse(a) for a in node.args}), True
            else:
                continue
            if broad and idle:
                places.append(f"{name(path)}:{node.lineno}")
    assert not places, explain(places, "catch what is expected and say what happened")


def test_tests_wait_for_things_and_never_sleep() -> None:
    sleeps = {"time.sleep", "asyncio.sleep", "sleep"}
    places = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in TESTS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in sleeps
    ]
    assert not places, explain(places, "wait for the thing itself")


def test_no_leftovers_registry_hosts_or_paths_of_one_machine() -> None:
    places: list[str] = []
    for path in tracked():
        if path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for pattern in (HOSTS, LEFTOVERS, ONE_MACHINE):
                hit = pattern.search(line)
                if hit:
                    places.append(f"{name(path)}:{number}: {hit[0]}")
    assert not places, "\n".join(places)


def test_constraints_pin_every_requirement_exactly() -> None:
    def plain(word: str) -> str:
        return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", word)[0]).lower()

    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "name==version, no more"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"]]
    for words in project["optional-dependencies"].values():
        asked += words
    assert {plain(word) for word in asked} <= {plain(line) for line in lines}
