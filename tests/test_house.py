"""Rules of the house that no linter knows."""

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tablepromise.diagnosis import Reason

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "constructs/tablepromise"
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
]


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("tablepromise.request", "cdk8s constructs jsii pulumi kubernetes boto3 botocore moto"),
        (
            "tablepromise.diagnosis",
            "cdk8s constructs jsii pulumi kubernetes lightkube httpx2 boto3 botocore moto click",
        ),
        (
            "tablepromise.reflector.__main__",
            "cdk8s constructs jsii cel_expr_python pulumi kubernetes boto3 botocore moto click",
        ),
        ("tablepromise.dialects.rendering", "cdk8s constructs jsii pulumi kubernetes boto3 moto"),
        ("tablepromise.pipeline", "cdk8s constructs jsii pulumi kubernetes boto3 botocore moto"),
        ("tablepromise.pipeline.__main__", "cdk8s jsii pulumi kubernetes boto3 moto lightkube"),
    ],
)
def test_what_a_module_may_not_load(module: str, banned: str) -> None:
    code = f"import sys, {module}; print(*({set(banned.split())!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_arrows_point_one_way() -> None:
    allowed = {
        "request": {"request"},
        "pipeline": {"pipeline", "request"},
        "trial": {"trial", "pipeline", "request"},
        "platform": {"platform", "reads", "request", "objects"},
        "dialects": {"dialects", "request"},
        "offers": {"offers", "dialects", "platform", "request", "objects"},
        "diagnosis": {"diagnosis", "reads", "request"},
        "reflector": {"reflector", "kubeconfig", "diagnosis", "reads", "request"},
        "cli": {
            *("cli", "kubeconfig", "reads", "trial", "pipeline", "diagnosis", "dialects"),
            "request",
        },
    }
    for folder, targets in allowed.items():
        for file in (PACKAGE / folder).rglob("*.py"):
            imported = re.findall(r"(?:from|import) tablepromise\.(\w+)", file.read_text())
            assert set(imported) <= targets, file


@pytest.mark.parametrize("init", sorted(PACKAGE.rglob("__init__.py")), ids=str)
def test_init_holds_re_exports_and_all_of_them(init: Path) -> None:
    tree = ast.parse(init.read_text())
    imported = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names]
    other = [n for n in tree.body if not isinstance(n, ast.ImportFrom | ast.Expr | ast.Assign)]
    assert not other
    name = ".".join(init.parent.relative_to(ROOT / "constructs").parts)
    assert sorted(imported) == sorted(getattr(importlib.import_module(name), "__all__", []))


def test_no_init_where_it_would_break_imports() -> None:
    assert not (ROOT / "constructs/__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_the_runbook_names_what_is_said_and_what_is_tested() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| [")]
    tests = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    for happened, said, _, _, tested in rows:
        reasons = re.findall(r"`(\w+)`", said)
        assert set(reasons) <= set(Reason), happened
        named = [f"def {test}(" for test in re.findall(r"`(test_\w+)`", tested)]
        named += re.findall(r'"[^"]+"', tested)
        assert named, happened
        assert all(name in tests for name in named), happened


def test_images_are_named_in_one_file() -> None:
    image = re.compile(r"""["'\s][\w./-]+:\d[\w.-]*(@sha256:[0-9a-f]{64})?["'\s]""")
    for file in PACKAGE.rglob("*.py"):
        if file.name != "versions.py":
            found = [m.group() for m in image.finditer(file.read_text()) if "/" in m.group()]
            assert not found, file


def test_the_dockerfile_is_built_on_the_pinned_image_and_runs_as_nobody() -> None:
    from tablepromise.platform.versions import PYTHON_IMAGE

    text = (PACKAGE / "pipeline/Dockerfile").read_text()
    assert f"ARG PYTHON_IMAGE={PYTHON_IMAGE}\n" in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {
        "${PYTHON_IMAGE}",
        "scratch",
    }
    assert "\nUSER 65532:65532\n" in text
    assert "--require-hashes" in text


def test_the_locks_agree_and_name_no_registry() -> None:
    pins: dict[str, str] = {}
    for lock in (
        ROOT / "requirements.lock",
        ROOT / "requirements-dev.lock",
        PACKAGE / "pipeline/requirements.lock",
    ):
        text = lock.read_text()
        assert "://" not in text
        for name, version in re.findall(r"^([a-z0-9-]+)(?:\[\w+\])?==(\S+)", text, re.MULTILINE):
            assert pins.setdefault(name, version) == version, name


def test_no_tracked_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    hosts = ("pypi." + "org", "npmjs." + "org", "proxy.golang." + "org", "repo1." + "maven")
    paths = ("/work" + "/", "/root" + "/", "/home" + "/")
    for file in TRACKED:
        if file.is_file() and file.suffix != ".lock":
            text = file.read_text(errors="ignore")
            assert not [word for word in (*hosts, *paths) if word in text], file


def test_generated_files_are_current() -> None:
    from tools.generate import stale

    assert [str(path.relative_to(ROOT)) for path in stale()] == []


def test_what_the_comparison_claims_is_tested() -> None:
    from tools.comparison import CLAIMS, NAMES

    for topic, claims in CLAIMS.items():
        assert claims.keys() == set(NAMES), topic
        for claim in claims.values():
            file, _, name = claim.test.partition("::")
            assert f"\ndef {name}(" in (ROOT / file).read_text(), claim.test


def test_workflows_use_pinned_actions_and_may_only_read() -> None:
    files = [*ROOT.glob(".github/workflows/*.yaml")]
    assert files
    for file in files:
        text = file.read_text()
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        used = re.findall(r"uses: (\S+)", text)
        assert used
        assert [action for action in used if not re.search(r"@[0-9a-f]{40}$", action)] == []


def test_the_hosted_workflow_runs_every_kind_of_test() -> None:
    """The markers that `make test` leaves out are all run by some job, and no script is absent."""
    [file] = ROOT.glob(".github/workflows/*.yaml")
    jobs = yaml.safe_load(file.read_text())["jobs"]
    steps = [str(step.get("run", "")) for job in jobs.values() for step in job["steps"]]
    lines = [line.strip() for step in steps for line in step.splitlines()]
    makefile = (ROOT / "Makefile").read_text()
    targets = {t for line in lines if line.startswith("make ") for t in line.split()[1:]}
    recipes = "".join(
        makefile.partition(f"\n{target}:")[2].partition("\n\n")[0] for target in targets
    )
    commands = re.sub(r"not \w+", "", recipes + "\n".join(lines))
    left_out = set(re.findall(r"not (\w+)", makefile.partition("\ntest:")[2].partition("\n\n")[0]))
    assert left_out > {"cluster", "dynamodb_local"}
    # `make e2e-pulumi` and `make bench` need a cluster for as long as the rest of the jobs together
    for marker in left_out - {"cost", "stacks"}:
        assert re.search(rf'-m "?[\w ]*\b{marker}\b', commands), marker
    scripts = [line.split()[0] for line in lines if line.startswith(".ci/")]
    assert scripts
    for script in scripts:
        assert os.access(ROOT / script, os.X_OK), script


def test_versions_of_scripts_come_from_the_one_file() -> None:
    from tablepromise.platform import versions

    for script in (ROOT / ".ci").iterdir():
        text = script.read_text()
        assert not re.search(r"\bv?\d+\.\d+\.\d+", text), script
        # constants are read by sed, in the one form that it knows
        source = (PACKAGE / "platform/versions.py").read_text()
        for name in re.findall(r"\$\(pinned (\w+)\)", text):
            assert f'\n{name}: Final = "{getattr(versions, name)}"\n' in source, name
    [workflow] = ROOT.glob(".github/workflows/*.yaml")
    without_actions = re.sub(r"uses: .*", "", workflow.read_text())
    assert not re.search(r"\bv\d+\.\d+\.\d+", without_actions)
