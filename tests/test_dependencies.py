"""pyproject.toml and the image's requirements, held against the imports of the code."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGE = ROOT / "constructs/tablepromise"
OURS = {"infra", "tablepromise", "tools", *(f.stem for f in (ROOT / "tests/support").iterdir())}

COMMANDS = {
    "hatchling": "tests/test_wheel.py",
    "mypy": "Makefile",
    "pyright": "Makefile",
    "ruff": "Makefile",
    "uv": "Makefile",
    "boto3-stubs": None,
    "pytest-xdist": "Makefile",
    "types-pyyaml": None,
}
"""Development packages that are run and not imported, with the file that runs them; None is for
packages of types."""

OF_OTHER_IMAGES = PACKAGE / "platform/files"
"""Start files that run in images of others, with the packages of those images."""


PROVIDERS = packages_distributions()


def imports(files: Iterable[Path], *, typing: bool = True) -> set[str]:
    """Distributions that the files use; without `typing`, those for type checkers are left out."""
    return {
        name
        for file in files
        if OF_OTHER_IMAGES not in file.parents
        for name in _used(file, typing)
    }


def _used(file: Path, typing: bool) -> Iterator[str]:
    """Distributions by `import`, by `import_module("...")` and by `version("...")`."""
    left: list[ast.AST] = [ast.parse(file.read_text())]
    while left:
        node = left.pop()
        yield from _named(node)
        if typing or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            left.extend(ast.iter_child_nodes(node))


def _named(node: ast.AST) -> Iterator[str]:
    """Distributions that one node names."""
    modules: list[str] = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        modules = [node.module]
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = ast.unparse(node.func).rpartition(".")[2]
        modules = [str(node.args[0].value)] if called == "import_module" else []
        if called == "version" and node.args[0].value not in OURS:
            yield str(node.args[0].value)
    for module in (name.split(".")[0] for name in modules):
        if module not in sys.stdlib_module_names and module not in OURS:
            found = [re.sub(r"[-_.]+", "-", name).lower() for name in PROVIDERS[module]]
            yield module if module in found else found[0]


def declared(lines: Iterable[str]) -> set[str]:
    names = (re.match(r"[a-zA-Z0-9._-]+", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


RUN = declared(PROJECT["project"]["dependencies"])
STACKS = declared(PROJECT["project"]["optional-dependencies"]["stacks"])
DEV = declared(PROJECT["dependency-groups"]["dev"])


def test_the_package_declares_what_it_imports_and_no_more() -> None:
    assert imports(PACKAGE.rglob("*.py"), typing=False) == RUN


def test_the_stacks_declare_what_they_import_and_no_more() -> None:
    files = [ROOT / "__main__.py", *(ROOT / "infra").rglob("*.py"), *(ROOT / "policy").glob("*.py")]
    assert imports(files, typing=False) - RUN == STACKS


def test_the_development_group_is_what_tests_types_and_tools_use() -> None:
    files = [
        *PACKAGE.rglob("*.py"),
        *(ROOT / "infra").rglob("*.py"),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
    ]
    assert imports(files) - RUN - STACKS == DEV - COMMANDS.keys()
    assert COMMANDS.keys() <= DEV


def test_a_development_package_that_is_not_imported_is_run() -> None:
    marks = {"pytest-xdist": " -n auto"}
    for name, file in COMMANDS.items():
        if file:
            assert marks.get(name, name) in (ROOT / file).read_text(), name


def test_the_image_has_what_its_code_imports_and_no_more() -> None:
    folder = PACKAGE / "pipeline"
    dockerfile = (folder / "Dockerfile").read_text().replace("\\\n", " ")
    sources = [
        ROOT / source
        for arguments in re.findall(r"^COPY (constructs/.*)$", dockerfile, re.MULTILINE)
        if "/tmp/" not in arguments  # noqa: S108  a stage of the build, which runs with pip
        for source in arguments.split()[:-1]
    ]
    files = [
        file
        for source in sources
        for file in (source.rglob("*.py") if source.is_dir() else source.parent.glob(source.name))
    ]
    assert len(files) > 40
    requirements = (folder / "requirements.in").read_text().splitlines()
    assert imports(files, typing=False) == declared(requirements)
