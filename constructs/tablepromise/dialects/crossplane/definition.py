"""What is installed, and what a developer writes: the XRD, the Composition, a DynamoDBTable."""

import copy
import inspect
from typing import Any

from tablepromise.dialects.crossplane import script
from tablepromise.request import model
from tablepromise.request.regions import USUAL, Regions
from tablepromise.request.schema import (
    CATEGORIES,
    PRINTER_COLUMNS,
    printer_columns,
    spec_schema,
)

Document = dict[str, Any]

GROUP = "crossplane.tablepromise.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBTable"
PLURAL = "dynamodbtables"
NAME = f"{PLURAL}.{GROUP}"
"""Of the XRD, which must have it, and of the Composition."""

FUNCTION = "function-python"
"""Name of the Function object that runs the Composition's script."""

_STATUS = {
    "message": "Where the table stands, or what is wrong.",
    "tableArn": "ARN of the table, once it is there.",
    "streamArn": "ARN of its stream, if it has one.",
}

_COLUMNS = (
    *(column for column in PRINTER_COLUMNS if column[2].startswith(".spec.")),
    ("Status", "string", ".status.message", 0),
)


def composite_resource_definition(regions: Regions = USUAL) -> Document:
    """The XRD `dynamodbtables.crossplane.tablepromise.dev`.

    Its spec is that of a request, field for field and rule for rule. Crossplane adds its own
    fields, its own columns (among them the age) and the limit of 63 characters to the name.
    """
    text = {"type": "string"}
    return {
        "apiVersion": "apiextensions.crossplane.io/v2",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": NAME},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": PLURAL,
                "singular": KIND.lower(),
                "kind": KIND,
                "listKind": f"{KIND}List",
                "shortNames": ["xddb"],
                "categories": list(CATEGORIES),
            },
            "defaultCompositionRef": {"name": NAME},
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "referenceable": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "description": "A DynamoDB table.",
                            "required": ["spec"],
                            "properties": {
                                "spec": copy.deepcopy(spec_schema(regions)),
                                "status": {
                                    "type": "object",
                                    "properties": {
                                        field: {**text, "description": description}
                                        for field, description in _STATUS.items()
                                    },
                                },
                            },
                        }
                    },
                    "additionalPrinterColumns": printer_columns(*_COLUMNS),
                }
            ],
        },
    }


def composition() -> Document:
    """The Composition: one step, which runs the text of `script`."""
    return {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "Composition",
        "metadata": {"name": NAME},
        "spec": {
            "compositeTypeRef": {"apiVersion": API_VERSION, "kind": KIND},
            "mode": "Pipeline",
            "pipeline": [
                {
                    "step": "table",
                    "functionRef": {"name": FUNCTION},
                    "input": {
                        "apiVersion": "python.fn.crossplane.io/v1beta1",
                        "kind": "Script",
                        "script": inspect.getsource(script),
                    },
                }
            ],
        },
    }


def instance(request: model.TableRequest) -> Document:
    """The DynamoDBTable by which a developer asks for the same table."""
    return {**request.as_document(), "apiVersion": API_VERSION, "kind": KIND}
