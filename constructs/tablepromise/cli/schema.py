"""`schema`: prints the schema of a request, for the API server or an editor."""

import click

from tablepromise.cli import options, output
from tablepromise.request import Quotas, Regions, custom_resource_definition, editor_schema

SCHEMAS = {"crd": custom_resource_definition, "editor": editor_schema}


@click.command("schema")
@click.argument("reader", type=click.Choice(list(SCHEMAS)), default="crd")
@options.target_options
@output.format_option("yaml", "json", default="yaml")
def command(reader: str, regions: Regions, quotas: Quotas, form: str) -> None:
    """Print the schema of a DynamoDBRequest.

    crd: the CustomResourceDefinition, with its rules. editor: JSON Schema, for completion and
    checks in an editor.
    """
    output.print_data(form, SCHEMAS[reader](regions, quotas))
