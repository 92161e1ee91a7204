"""KubeVela: the component type `aws-dynamodb-kratix`, and Applications that use it.

A component becomes a DynamoDBRequest, so the Promise still makes the table. CUE checks what it can
when an Application is rendered; what it leaves (`left_to_admission`), the API server checks before
anything is applied. A component is healthy when its request is.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from tablepromise.dialects import cue
from tablepromise.request import model, spec_schema, stored
from tablepromise.request.quotas import AWS_DEFAULT, Quotas
from tablepromise.request.regions import EVERY, USUAL, Regions

Document = dict[str, Any]

API_VERSION = "core.oam.dev/v1beta1"
COMPONENT = model.PROMISE
"""The type that a component names."""

LIMITATIONS = {
    "a field that is null": "CUE refuses it, where the API server takes it for left out",
}
"""What a request can say and a component cannot, and why."""

_DESCRIPTION = "A DynamoDB table, requested from the Kratix Promise of the same name."

_WORKLOAD = "autodetects.core.oam.dev"
"""Whatever kind comes out. Named, the kind would have to be there when this is installed."""

_HEALTH_POLICY = """\
// Ready is what becomes of the table, where somebody reports it; Reconciled, what Kratix did
_answers: [
	for type in ["Ready", "Reconciled"]
	if context.output.status.conditions != _|_
	for condition in context.output.status.conditions
	if condition.type == type {condition.status == "True"},
	false,
]
// after a change, conditions are still those of the request as it was
_current: [
	if context.output.status.observedGeneration != _|_ {
		context.output.status.observedGeneration >= context.output.metadata.generation
	},
	true,
]
isHealth: _answers[0] && _current[0]"""

_CUSTOM_STATUS = """\
// what is wrong and what to do; else how the table stands; else what the pipeline said
_words: [
	for type in ["Stalled", "Ready"]
	if context.output.status.conditions != _|_
	for condition in context.output.status.conditions
	if condition.type == type
	if type == "Ready" || condition.status == "True"
	if condition.message != _|_ {condition.message},
	if context.output.status.message != _|_ {context.output.status.message},
	if context.output.status.conditions != _|_
	for condition in context.output.status.conditions
	if condition.status == "False"
	if condition.message != _|_ {condition.message},
	"waiting for the pipeline",
]
message: _words[0]"""

_DETAILS = """\
if context.output.status.tableName != _|_ {
	table: context.output.status.tableName
}
if context.output.status.region != _|_ {
	region: context.output.status.region
}
if context.output.status.tableArn != _|_ {
	arn: context.output.status.tableArn
}"""

_STATUS = {
    "healthPolicy": _HEALTH_POLICY,
    "customStatus": _CUSTOM_STATUS,
    "details": _DETAILS,
}


def component_definition(
    namespace: str = "vela-system", regions: Regions = USUAL, quotas: Quotas = AWS_DEFAULT
) -> Document:
    """The ComponentDefinition as the cluster takes it.

    Args:
        namespace: KubeVela's own makes it one for every Application; another, one for those in it.
        regions: of the target.
        quotas: of the target.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "ComponentDefinition",
        "metadata": {
            "name": COMPONENT,
            "namespace": namespace,
            "annotations": {"definition.oam.dev/description": _DESCRIPTION},
        },
        "spec": {
            "workload": {"type": _WORKLOAD},
            "schematic": {
                "cue": {"template": _spaced(f"{_imports()}\n{_template(regions, quotas)}")}
            },
            "status": {field: _spaced(text) for field, text in _STATUS.items()},
        },
    }


def definition_file(regions: Regions = USUAL, quotas: Quotas = AWS_DEFAULT) -> str:
    """The same as a `.cue` file for `vela def apply`."""
    status = "".join(
        f'\t\t\t{field}: #"""\n{_indented(text, 4)}\n\t\t\t\t"""#\n'
        for field, text in _STATUS.items()
    )
    return f'''\
// Generated from the model of a request by `make generate`.

{_imports()}
"{COMPONENT}": {{
	type:        "component"
	description: "{_DESCRIPTION}"
	attributes: {{
		workload: type: "{_WORKLOAD}"
		status: {{
{status}\t\t}}
	}}
}}
template: {{
{_indented(_template(regions, quotas), 1)}}}
'''


def application(request: model.TableRequest) -> Document:
    """An Application that asks for what `request` does, under the same name and namespace."""
    return application_with_components(
        request.name, request.namespace, {request.name: request.spec}
    )


def application_with_components(
    name: str, namespace: str, components: Mapping[str, model.TableSpec]
) -> Document:
    """An Application with a component for each table, by the name that its request gets."""
    requests = (model.TableRequest(each, namespace, spec) for each, spec in components.items())
    return {
        "apiVersion": API_VERSION,
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "components": [
                {"name": each.name, "type": COMPONENT, "properties": each.as_document()["spec"]}
                for each in requests
            ]
        },
    }


def created_requests(application: Document) -> list[Document]:
    """The DynamoDBRequests that KubeVela applies for `application`, without its own labels.

    For parameters that the definition takes; traits and policies are not looked at. A region that
    is left out stays so: the API server sets it.
    """
    return [
        stored(
            {
                "apiVersion": model.API_VERSION,
                "kind": model.KIND,
                "metadata": {
                    "name": component["name"],
                    "namespace": application["metadata"].get("namespace") or "default",
                },
                "spec": component.get("properties") or {},
            },
            EVERY,
        )
        for component in application["spec"]["components"]
        if is_component(component)
    ]


def is_component(component: Document) -> bool:
    """Return whether a component of an Application requests a table."""
    return str(component["type"]).partition("@")[0] == COMPONENT


def left_to_admission() -> tuple[str, ...]:
    """What a request must be and CUE does not ask for: `path: what holds`."""
    return tuple(f"{path or '(spec)'}: {must}" for path, must in cue.unsaid(spec_schema()))


def _imports() -> str:
    packages = "".join(f'\t"{package}"\n' for package in cue.IMPORTS)
    return f"import (\n{packages})\n"


def _template(regions: Regions, quotas: Quotas) -> str:
    # KubeVela renders an Application again when it changes: a default of its own would then be
    # another region than that of the request. So the request's API alone sets the default.
    schema = spec_schema(structs.replace(regions, default=None), quotas)
    return f"""\
output: {{
	apiVersion: "{model.API_VERSION}"
	kind:       "{model.KIND}"
	metadata: {{
		name:      context.name
		namespace: context.namespace
	}}
	spec: parameter & _limits
}}
parameter: {cue.fields(schema)}
// apart from the parameters, as KubeVela could not describe them with these
_limits: {cue.limits(schema)}
"""


def _indented(text: str, tabs: int) -> str:
    return "".join("\t" * tabs + line if line.strip() else line for line in text.splitlines(True))


def _spaced(text: str) -> str:
    """With a tab in it, YAML writers make one quoted line of a whole text."""
    return text.replace("\t", "    ")
