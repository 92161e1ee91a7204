"""The program of a stack, run on Pulumi's mocks: what it registers, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks, resource, rpc, set_all_config
from pulumi.runtime.proto import source_pb2

from infra import settings
from infra.stack.program import main, prepare

SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
"""By which the engine knows a secret among the properties."""

ID_OF_THE_CLUSTER = "0a1b"
"""Of the k3d cluster, which is not its name."""


@dataclass(frozen=True)
class Registered:
    """A resource as the engine is asked for it.

    Attributes:
        inputs: plain; where secrets are told apart see `raw`.
        raw: as sent, secrets wrapped.
    """

    urn: str
    type: str
    name: str
    parent: str
    dependencies: frozenset[str]
    protect: bool
    retain: bool
    deleted_with: str
    replace_with: tuple[str, ...]
    provider: str
    aliases: tuple[str, ...]
    secret_outputs: frozenset[str]
    inputs: dict[str, Any] = field(repr=False)
    raw: dict[str, Any] = field(repr=False)

    @property
    def manifest(self) -> dict[str, Any]:
        """The object, without what only tells Pulumi how to wait."""
        metadata = dict(self.inputs["metadata"])
        annotations = metadata.pop("annotations", {})
        kept = {key: v for key, v in annotations.items() if not key.startswith("pulumi.com/")}
        if kept:
            metadata["annotations"] = kept
        return {**self.inputs, "metadata": metadata}


class _Monitor(mocks.MockMonitor):
    """Keeps what is registered."""

    def __init__(self) -> None:
        super().__init__(_Mocks())
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:
        answer = cast(Any, super()).RegisterResource(request)
        raw = json_format.MessageToDict(request.object)
        inputs = cast(dict[str, Any], rpc.deserialize_properties(request.object))
        self.registered.append(
            Registered(
                urn=answer.urn,
                type=request.type,
                name=request.name,
                parent=request.parent,
                dependencies=frozenset(request.dependencies),
                protect=request.protect,
                retain=request.retainOnDelete,
                deleted_with=request.deletedWith,
                replace_with=tuple(request.replace_with),
                provider=request.provider,
                aliases=tuple(alias.urn for alias in request.aliases),
                secret_outputs=frozenset(request.additionalSecretOutputs),
                inputs=inputs,
                raw=raw,
            )
        )
        return answer


class _Mocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(cast(dict[str, Any], cast(Any, args).inputs))
        if args.typ.endswith(":K3dCluster"):
            made = {"kubeconfig": "kind: Config # of the mock", "engine": "e", "registry": "r:1"}
            return ID_OF_THE_CLUSTER, outputs | made
        return args.name, outputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)


def run(
    stack: str,
    config: Mapping[str, object],
    secrets: tuple[str, ...] = (),
    *,
    preview: bool = False,
    program: Callable[[], None] = main,
) -> list[Registered]:
    """Run the program of a stack and return the resources that it registers.

    Args:
        stack: name of the stack.
        config: values of its settings.
        secrets: keys of the settings that are encrypted.
        preview: as in `pulumi preview`.
        program: other than the whole program, such as `cluster_only`.

    Raises:
        pulumi.RunError: the program refuses.
    """
    monitor = _Monitor()
    texts = {
        f"{settings.PROJECT}:{key}": settings.as_text(value)
        for key, value in (settings.defaults(settings.ROOT) | dict(config)).items()
    }
    set_all_config(texts, [f"{settings.PROJECT}:{key}" for key in secrets])
    pulumi.runtime.set_mocks(
        _Mocks(), settings.PROJECT, stack, preview=preview, monitor=cast(Any, monitor)
    )
    with pytest.MonkeyPatch.context() as patched:
        # for source positions in errors of the engine; a tenth of the time of a run
        patched.setattr(resource, "_get_stack_trace", source_pb2.StackTrace)
        cast(Any, pulumi.runtime).test(program)()
    return monitor.registered


def cluster_only() -> None:
    """Register a stack's cluster and the provider of its objects, and no object."""
    _, cluster = prepare()
    cluster.provider()


def configured(stack: str, **changes: object) -> dict[str, object]:
    """What the stack's file says, with changes."""
    return settings.configured(settings.ROOT, stack) | changes


def closure(registered: list[Registered]) -> dict[str, set[str]]:
    """For each resource all that come before it."""
    direct = {r.urn: set(r.dependencies) for r in registered}
    before: dict[str, set[str]] = {}

    def of(urn: str) -> set[str]:
        if urn not in before:
            before[urn] = set()
            for other in direct.get(urn, set()):
                before[urn] |= {other} | of(other)
        return before[urn]

    for urn in direct:
        of(urn)
    return before
