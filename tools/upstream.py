"""Schemas of other projects' CRDs, as far as tests need them: field names, types, enums, required.

`make generate` writes `tests/upstream/*.txt` from the CRDs, where these are beside the checkout in
`shared/crds`; tests read them everywhere. Each version of a kind begins with a line such as
`v1 HelmRelease helm.toolkit.fluxcd.io`. Each line after it is a field: one space for each level,
the name (`[]` is an item of a list, `*` the value of any other key), the type, and flags.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
CRDS = ROOT.parent / "shared/crds"
FOLDER = ROOT / "tests/upstream"

NAMES = (
    "ack-dynamodb-tables",
    *(
        f"crossplane-apiextensions.crossplane.io_{plural}"
        for plural in (
            "compositeresourcedefinitions",
            "compositions",
            "managedresourceactivationpolicies",
        )
    ),
    *(
        f"crossplane-pkg.crossplane.io_{plural}"
        for plural in ("deploymentruntimeconfigs", "functions", "providers")
    ),
    *("flux-helm-helmreleases", "flux-kustomize-kustomizations"),
    *(
        f"flux-source-{plural}"
        for plural in ("buckets", "gitrepositories", "helmrepositories", "ocirepositories")
    ),
    *(
        f"kratix-{plural}"
        for plural in ("bucketstatestores", "destinations", "gitstatestores", "promises", "works")
    ),
    "kro-kro.run_resourcegraphdefinitions",
    *("kubevela-applications", "kubevela-componentdefinitions"),
    "upjet-aws-aws.m.upbound.io_clusterproviderconfigs",
    "upjet-aws-dynamodb.aws.m.upbound.io_tables",
)
"""CRDs that tests need."""


def text(name: str) -> str:
    """Return the schemas of a CRD beside the checkout."""
    content = (CRDS / f"{name}.yaml").read_text(encoding="utf-8")
    spec = yaml.load(content, Loader=yaml.CSafeLoader)["spec"]
    lines: list[str] = []
    for version in spec["versions"]:
        lines.append(f"{version['name']} {spec['names']['kind']} {spec['group']}")
        lines += _lines(version["schema"]["openAPIV3Schema"], 1)
    return "\n".join([*lines, ""])


def _lines(schema: Schema, depth: int) -> Iterator[str]:
    children: Schema = dict(schema.get("properties", {}))
    for name, key in (("[]", "items"), ("*", "additionalProperties")):
        if isinstance(child := schema.get(key), dict):
            children[name] = child
    required = schema.get("required", ())
    for name, child in children.items():
        words = [f"{' ' * depth}{name}:", child.get("type", "any")]
        words += ["required"] * (name in required)
        words += ["open"] * bool(child.get("x-kubernetes-preserve-unknown-fields"))
        words += [f"enum={'|'.join(map(str, child['enum']))}"] if "enum" in child else []
        yield " ".join(words)
        yield from _lines(child, depth + 1)


def schemas(name: str) -> dict[tuple[str, str], Schema]:
    """Return the OpenAPI schemas of a CRD by API version and kind, the newest last."""
    found: dict[tuple[str, str], Schema] = {}
    path: list[Schema] = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        depth = len(line) - len(line.lstrip(" "))
        if not depth:
            version, kind, group = line.split()
            path = [{"type": "object"}]
            found[f"{group}/{version}", kind] = path[0]
            continue
        del path[depth:]
        path.append(_field(path[-1], line.strip()))
    return found


def _field(parent: Schema, line: str) -> Schema:
    """Add the field of a line to the schema of its parent."""
    name, _, rest = line.partition(": ")
    kind, *flags = rest.split(" ")
    schema: Schema = {} if kind == "any" else {"type": kind}
    for flag in flags:
        if flag == "required":
            parent.setdefault("required", []).append(name)
        elif flag == "open":
            schema["x-kubernetes-preserve-unknown-fields"] = True
        else:
            schema["enum"] = flag.removeprefix("enum=").split("|")
    key = {"[]": "items", "*": "additionalProperties"}.get(name)
    if key:
        parent[key] = schema
    else:
        parent.setdefault("properties", {})[name] = schema
    return schema
