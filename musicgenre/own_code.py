"""The code behind a class or function that a user wrote, so that results of edited code get a new key."""

import ast
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec, resolve_name
from pathlib import Path
from symtable import SymbolTable, symtable
from typing import Any

_INSTALLED = {"site-packages", "dist-packages"}
_COUNTED_ELSEWHERE = {"musicgenre", "torch", *sys.stdlib_module_names}  # by files and versions, for all features
_ALL = "*"  # of a module
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
Name = tuple[str, str]  # a module, and a name in it
Statements = list[tuple[ast.stmt, set[str], str]]  # with the names that each binds, and its text
_IN_PLACE = {"time", "capture", "prun"}  # cell magics whose cell runs as if it stood alone
_parsed: dict[str, list[tuple[ast.stmt, str]]] = {}  # cells of a notebook
_loaded: dict[str, tuple[object, Statements]] = {}  # statements of files, as they were when they were loaded


def own_code(part: object) -> list[str]:
    """Return the statements that define a class or function, and those that define what they name, and so on.

    They come from the files as they were when they were first looked at after loading, or from a notebook's cells,
    without comments and docstrings. Statements of musicgenre and of installed packages are not followed.

    Args:
        part: A class or a function; nothing is returned for those of musicgenre and of installed packages.

    Example:
        >>> own_code(dict)
        []
    """
    return code_behind(str(getattr(part, "__module__", "")), str(getattr(part, "__qualname__", "")).partition(".")[0])


def code_behind(module: str, name: str) -> list[str]:
    """Return the statements behind a name of a module, as `own_code` does for what it stands for.

    Example:
        >>> code_behind("math", "pi")
        []
    """
    lines: list[str] = []
    seen: set[Name] = set()
    todo: list[Name] = [(module, name)]
    while todo:
        place = todo.pop(0)
        if place not in seen and (place[0], _ALL) not in seen:
            seen.add(place)
            for text, statement in _about(*place).items():
                lines.append(text)
                todo += _named(statement, *place)
    return lines


def is_own(part: object) -> bool:
    """Return whether an object's class is neither part of musicgenre nor of an installed package.

    Example:
        >>> is_own(0)
        False
    """
    return _is_own(type(part).__module__)


def package_of(kind: type) -> str:
    """Return the name and version of the installed package that a class is part of; for others, an empty string."""
    package = kind.__module__.partition(".")[0]
    with suppress(PackageNotFoundError, ValueError):  # its distribution has another name
        return "" if package in _COUNTED_ELSEWHERE else f"{package} {version(package)}"
    return ""


def _about(module: str, name: str) -> dict[str, ast.stmt]:
    """Return the statements of a module, by their text, that bind a name or change what it stands for."""
    statements = _statements(module)
    if name == _ALL:
        return {text: statement for statement, _, text in statements}
    if module == "__main__":  # what came before the last definition is over
        defined = [place for place, (each, *_) in enumerate(statements) if _defines(each) == name]
        statements = statements[defined[-1] if defined else 0 :]
    # the last of equal ones; it may also come with all that another module holds
    found = {text: each for each, bound, text in reversed(statements) if name in bound or _ALL in bound}
    return dict(reversed(found.items()))


def _statements(module: str) -> Statements:
    """Return the statements of an own module, of which none is read again unless it is loaded again."""
    if module == "__main__" and (cells := _cells()):
        return _with_names(cells, module)
    loaded = getattr(sys.modules.get(module), "__spec__", None) or sys.modules.get(module)
    if module in _loaded and _loaded[module][0] is loaded:
        return _loaded[module][1]
    path = _file_of(module)
    statements: Statements = []
    with suppress(OSError, ValueError, SyntaxError, RecursionError):  # it is no Python source
        body = ast.parse(path.read_bytes()).body if path else []
        statements = _with_names([(each, _text(each)) for each in body], module)
    if loaded is not None:
        _loaded[module] = loaded, statements
    return statements


def _with_names(body: Sequence[tuple[ast.stmt, str]], module: str) -> Statements:
    """Add to statements the names that each binds; a call on what an installed package holds binds nothing."""
    imported = {name for each, _ in body for name in _from_packages(each, module)}
    return [(each, _bound(each, imported), text) for each, text in body]


def _from_packages(statement: ast.stmt, module: str) -> Iterator[str]:
    """Yield the names that a statement imports from musicgenre, Python's own modules and installed packages."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name).partition(".")[0] for each in node.names if not _is_own(each.name))
        elif isinstance(node, ast.ImportFrom) and not _is_own(_source_of(node, module)):
            yield from (each.asname or each.name for each in node.names)


def _cells() -> list[tuple[ast.stmt, str]]:
    """Return the statements that a notebook has run, with their text: of those that define a name, the last."""
    main = sys.modules["__main__"]
    shell: Any = getattr(main, "get_ipython", None)
    found: dict[str, tuple[ast.stmt, str]] = {}
    for cell in getattr(main, "In", ()) if shell else ():
        if cell not in _parsed:
            _parsed[cell] = [(each, _text(each)) for each in _run_by(cell, shell().transform_cell)]
        for statement, text in _parsed[cell]:
            key = _defines(statement) or text
            found.pop(key, None)
            found[key] = statement, text
    return list(found.values())


def _run_by(cell: str, transform: Callable[[str], str]) -> Iterator[ast.stmt]:
    """Yield the statements of a cell, also of one below `%%time` and the like; none if it could not run."""
    with suppress(SyntaxError, ValueError):
        for statement in ast.parse(transform(cell)).body:
            match statement:
                case ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [ast.Constant(str(magic)), _, body])):
                    inner = body.value if isinstance(body, ast.Constant) and magic in _IN_PLACE else ""
                    yield from _run_by(str(inner), transform)
                case _:
                    yield statement


def _defines(statement: ast.stmt) -> str:
    """Return the one name that a statement defines anew, whatever it stood for; otherwise nothing."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return ""
    name = statement.targets[0].id if isinstance(statement.targets[0], ast.Name) else ""
    used = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
    return "" if name in used else name


def _file_of(module: str) -> Path | None:
    """Return the source file of an own module."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None and module not in sys.modules:
        file = next((path for path in map(str, _places_of(module)) if Path(path).is_file()), None)
    return Path(file) if file and file.endswith(".py") and _is_own(module) and _lies_outside(file) else None


def _places_of(module: str) -> list[Path]:
    """Return where the source of a module may be that is not loaded; nothing is imported for it."""
    package, _, name = module.rpartition(".")
    if package:
        return [
            place for folder in _folders_of(package) for place in (folder / f"{name}.py", folder / name / "__init__.py")
        ]
    with suppress(ImportError, ValueError):
        found = find_spec(name)
        return [Path(found.origin)] if found and found.origin else []
    return []


def _folders_of(package: str) -> list[Path]:
    """Return the folders that hold a package's modules; none for a module that is no package."""
    if package in sys.modules:
        return [Path(folder) for folder in getattr(sys.modules[package], "__path__", ())]
    above, _, name = package.rpartition(".")
    if above:
        return [folder / name for folder in _folders_of(above)]
    with suppress(ImportError, ValueError):
        return [Path(folder) for folder in getattr(find_spec(name), "submodule_search_locations", None) or ()]
    return []


def _bound(statement: ast.stmt, imported: Set[str]) -> set[str]:
    """Return the names that a statement binds, or whose object it changes: NAME = ..., NAME.x = ..., NAME.append().

    A call on an imported name, such as torch.save(), changes nothing that counts.
    """
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    found = set[str]()
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found.add(_root(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            sets = isinstance(node.value.func, ast.Name) and node.value.func.id in ("setattr", "delattr")
            changed = node.value.args[:1] if sets else [node.value.func]
            found |= {_root(each) for each in changed if sets or isinstance(each, ast.Attribute)} - imported
    return found


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _named(statement: ast.stmt, module: str, wanted: str) -> Iterator[Name]:
    """Yield what a statement names: of its own module, and of those that it imports."""
    try:
        names = set(_globals_in(symtable(ast.unparse(statement), module, "exec")))
    except RecursionError:  # a sum of hundreds of terms: all names in it
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    yield from ((module, name) for name in sorted(names))
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for each in node.names:
                if statement is not node or wanted in (_ALL, (each.asname or each.name).partition(".")[0]):
                    yield each.name, _ALL
        elif isinstance(node, ast.ImportFrom):
            source = _source_of(node, module)
            for each in node.names:
                if each.name == _ALL:
                    yield source, wanted
                elif statement is not node or wanted in (_ALL, each.asname or each.name):
                    yield source, each.name
                    yield f"{source}.{each.name}", _ALL  # it may be a module


def _globals_in(table: SymbolTable) -> Iterator[str]:
    """Yield the names of a module that code refers to, and not those of its own variables."""
    outermost = table.get_type() == "module"
    for each in table.get_symbols():
        if each.is_referenced() and (outermost or each.is_global()):
            yield each.get_name()
    for inner in table.get_children():
        yield from _globals_in(inner)


def _source_of(node: ast.ImportFrom, module: str) -> str:
    """Return the full name of the module that `from ... import` imports from."""
    name = "." * node.level + (node.module or "")
    package = str(getattr(sys.modules.get(module), "__package__", None) or module.rpartition(".")[0])
    with suppress(ImportError, ValueError):
        return resolve_name(name, package)
    return name


def _text(statement: ast.stmt) -> str:
    """Return a statement in one form whatever its layout, without comments and docstrings."""
    try:
        return ast.unparse(_WithoutDocstrings().visit(ast.parse(ast.unparse(statement))))
    except RecursionError:  # a sum of hundreds of terms
        plain = (
            [value for _, value in ast.iter_fields(node) if isinstance(value, _PLAIN)] for node in ast.walk(statement)
        )
        return f"{[type(node).__name__ for node in ast.walk(statement)]} {list(plain)}"


class _WithoutDocstrings(ast.NodeTransformer):
    """Removes strings that stand alone."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:  # ast's name
        """Replace such a string, so that no body is left empty."""
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if text else self.generic_visit(node)


def _is_own(module: str) -> bool:
    top = module.partition(".")[0]
    if top in _COUNTED_ELSEWHERE or top == "__main__":
        return top == "__main__"
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None and top not in sys.modules:
        with suppress(ImportError, ValueError):
            file = getattr(find_spec(top), "origin", None)
    return _lies_outside(file or "")


def _lies_outside(file: str) -> bool:
    return _INSTALLED.isdisjoint(Path(file).parts)
