"""Normalizes the table that the AWS provider creates, by Terraform's rules.

The rules are those of `aws_dynamodb_table` in the Terraform that provider-upjet-aws 2.6 contains.
The provider runs with `--skip-default-tags`: without, every table gets three tags of Crossplane.
"""

from typing import Any

from normal_form import NormalForm, normalize

Object = dict[str, Any]


def normalize_resources(resources: list[Object]) -> NormalForm:
    """Return the normal form of the managed resources of one DynamoDBTable."""
    by_kind = {resource["kind"]: resource for resource in resources}
    table = by_kind["Table"]
    parameters: Object = table["spec"]["forProvider"]
    spec: Object = {
        "tableName": table["metadata"]["annotations"]["crossplane.io/external-name"],
        "attributeDefinitions": [
            {"attributeName": a["name"], "attributeType": a["type"]}
            for a in parameters.get("attribute", ())
        ],
        "keySchema": _key_schema(parameters),
        "billingMode": parameters.get("billingMode", "PROVISIONED"),
        "globalSecondaryIndexes": [
            {
                "indexName": index["name"],
                "keySchema": _key_schema(index),
                "projection": _projection(index),
                **_throughput(index, parameters),
            }
            for index in parameters.get("globalSecondaryIndex", ())
        ],
        "localSecondaryIndexes": [
            {
                "indexName": index["name"],
                # Terraform takes the table's own HASH attribute
                "keySchema": _key_schema({**index, "hashKey": parameters["hashKey"]}),
                "projection": _projection(index),
            }
            for index in parameters.get("localSecondaryIndex", ())
        ],
        "continuousBackups": {
            "pointInTimeRecoveryEnabled": parameters.get("pointInTimeRecovery", {}).get(
                "enabled", False
            )
        },
        "sseSpecification": _encryption(parameters.get("serverSideEncryption", {})),
        "tableClass": parameters.get("tableClass", "STANDARD"),
        "deletionProtectionEnabled": parameters.get("deletionProtectionEnabled", False),
        "tags": [{"key": key, "value": value} for key, value in parameters.get("tags", {}).items()],
        **_throughput(parameters, parameters),
        **_stream(parameters),
    }
    if "ttl" in parameters:
        spec["timeToLive"] = {"enabled": False, **parameters["ttl"]}
    if "ContributorInsights" in by_kind:
        spec["contributorInsights"] = "ENABLED"
    if "ResourcePolicy" in by_kind:
        spec["resourcePolicy"] = by_kind["ResourcePolicy"]["spec"]["forProvider"]["policy"]
    policies: list[str] = table["spec"].get("managementPolicies", ["*"])
    deletes = not {"*", "Delete"}.isdisjoint(policies)
    return normalize(parameters["region"], "delete" if deletes else "retain", spec)


def _key_schema(keys: Object) -> list[Object]:
    kinds = {"HASH": keys.get("hashKey"), "RANGE": keys.get("rangeKey")}
    return [{"attributeName": name, "keyType": kind} for kind, name in kinds.items() if name]


def _projection(index: Object) -> Object:
    others = index.get("nonKeyAttributes")
    kind = {"projectionType": index["projectionType"]}
    return {**kind, "nonKeyAttributes": others} if others else kind


def _throughput(of: Object, table: Object) -> Object:
    """Of the table or an index: Terraform reads the fields that go with the table's billing."""
    if table.get("billingMode", "PROVISIONED") == "PROVISIONED":
        units = {
            "readCapacityUnits": of["readCapacity"],
            "writeCapacityUnits": of["writeCapacity"],
        }
        return {"provisionedThroughput": units}
    if "onDemandThroughput" in of:
        return {"onDemandThroughput": of["onDemandThroughput"]}
    return {}


def _encryption(encryption: Object) -> Object:
    if not encryption.get("enabled"):
        return {"enabled": False}
    # without a type DynamoDB takes the only one there is
    kms = {"enabled": True, "sseType": "KMS"}
    key = encryption.get("kmsKeyArn")
    return {**kms, "kmsMasterKeyID": key} if key else kms


def _stream(parameters: Object) -> Object:
    if not parameters.get("streamEnabled"):
        return {}
    view = parameters["streamViewType"]
    return {"streamSpecification": {"streamEnabled": True, "streamViewType": view}}
