"""KubeVela: the component type `aws-dynamodb-kratix`, and Applications that use it.

KubeVela creates a DynamoDBRequest for a component, and the Promise creates the table. CUE checks
types, patterns and limits when KubeVela renders an Application; the API server checks CEL rules and
unique lists when KubeVela applies the request. A component is healthy when its request is Ready.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from tablepromise.dialects import cue
from tablepromise.request import model, spec_schema, stored_request
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import ALL_REGIONS, DEFAULT_REGIONS, Regions

Document = dict[str, Any]

API_VERSION = "core.oam.dev/v1beta1"
COMPONENT = model.PROMISE
"""The component type."""

LIMITATIONS = {
    "a field that is null": "CUE rejects null; to the API server a null field is left out",
}
"""What a request can express and a component cannot, and why."""

_DESCRIPTION = "A DynamoDB table, requested from the Kratix Promise of the same name."

_WORKLOAD = "autodetects.core.oam.dev"
"""KubeVela detects the kind: a named kind would have to exist before the definition."""

_HEALTH_POLICY = """\
// Ready is about the table, if a reflector reports it; Reconciled is about Kratix's workflow
_conditions: [
	for type in ["Ready", "Reconciled"]
	if context.output.status.conditions != _|_
	for condition in context.output.status.conditions
	if condition.type == type {condition.status == "True"},
	false,
]
// after a change, the conditions are about the old generation until it is observed
_current: [
	if context.output.status.observedGeneration != _|_ {
		context.output.status.observedGeneration >= context.output.metadata.generation
	},
	true,
]
isHealth: _conditions[0] && _current[0]"""

_CUSTOM_STATUS = """\
// the problem with its fix; else the state of the table; else the message of the pipeline
_messages: [
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
message: _messages[0]"""

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
    namespace: str = "vela-system",
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = DEFAULT_QUOTAS,
) -> Document:
    """Return the ComponentDefinition.

    Args:
        namespace: KubeVela's own: for the Applications of all namespaces; another: for those in it.
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


def definition_file(regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS) -> str:
    """Return the ComponentDefinition as a `.cue` file for `vela def apply`."""
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
    """Return an Application with the table, name and namespace of a request."""
    return application_with_components(
        request.name, request.namespace, {request.name: request.spec}
    )


def application_with_components(
    name: str, namespace: str, components: Mapping[str, model.TableSpec]
) -> Document:
    """Return an Application with a component for each table; the key names its request."""
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
    """Return the DynamoDBRequests that KubeVela creates for an Application, without its labels.

    The parameters must be valid by the definition. Traits and policies are ignored. A region that
    is left out is not set: the API server sets it.
    """
    return [
        stored_request(
            {
                "apiVersion": model.API_VERSION,
                "kind": model.KIND,
                "metadata": {
                    "name": component["name"],
                    "namespace": application["metadata"].get("namespace") or "default",
                },
                "spec": component.get("properties") or {},
            },
            ALL_REGIONS,
        )
        for component in application["spec"]["components"]
        if is_component(component)
    ]


def is_component(component: Document) -> bool:
    """Return whether a component of an Application requests a table."""
    return str(component["type"]).partition("@")[0] == COMPONENT


def _imports() -> str:
    packages = "".join(f'\t"{package}"\n' for package in cue.IMPORTS)
    return f"import (\n{packages})\n"


def _template(regions: Regions, quotas: Quotas) -> str:
    # no default region: if the target's default changed, KubeVela would render another region for
    # an existing request. The API server sets the default when the request is created
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
// not in `parameter`: KubeVela could not describe the parameters
_limits: {cue.limits(schema)}
"""


def _indented(text: str, tabs: int) -> str:
    return "".join("\t" * tabs + line if line.strip() else line for line in text.splitlines(True))


def _spaced(text: str) -> str:
    """Return a text without tabs: YAML writers put a text with tabs on one quoted line."""
    return text.replace("\t", "    ")
