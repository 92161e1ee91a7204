"""Names of fields in CloudFormation, the AWS CLI, ACK, Terraform, Crossplane and the CDK.

Names are compared without case and separators: one entry covers `SSESpecification`,
`sseSpecification` and `sse_specification`. A name that differs from a request's only in case and
separators needs no entry. `tests/request/test_foreign_names.py` compares these tables with
botocore's service model and ACK's CRD.
"""

from typing import Final

FIELDS: Final[dict[str, dict[str, str]]] = {
    "spec": {
        "tablename": "name",
        "provisionedthroughput": "provisioned",
        "ondemandthroughput": "onDemand",
        "attribute": "attributeDefinitions",
        "attributes": "attributeDefinitions",
        "keyschemas": "keySchema",
        "globalsecondaryindex": "globalSecondaryIndexes",
        "globalindexes": "globalSecondaryIndexes",
        "gsi": "globalSecondaryIndexes",
        "gsis": "globalSecondaryIndexes",
        "localsecondaryindex": "localSecondaryIndexes",
        "localindexes": "localSecondaryIndexes",
        "lsi": "localSecondaryIndexes",
        "lsis": "localSecondaryIndexes",
        "timetolivespecification": "timeToLive",
        "timetoliveattribute": "timeToLive",
        "ttl": "timeToLive",
        "ttlattribute": "timeToLive",
        "pointintimerecoveryspecification": "pointInTimeRecovery",
        "pointintimerecoveryenabled": "pointInTimeRecovery",
        "continuousbackups": "pointInTimeRecovery",
        "pitr": "pointInTimeRecovery",
        "streamspecification": "stream",
        "dynamostream": "stream",
        "streams": "stream",
        "streamenabled": "stream",
        "ssespecification": "encryption",
        "serversideencryption": "encryption",
        "sse": "encryption",
        "sseenabled": "encryption",
        "deletionprotectionenabled": "deletionProtection",
        "contributorinsightsspecification": "contributorInsights",
        "contributorinsightsenabled": "contributorInsights",
        "tag": "tags",
        "policy": "resourcePolicy",
        "removalpolicy": "deletionPolicy",
    },
    "attributeDefinitions": {
        "attributename": "name",
        "attribute": "name",
        "attributetype": "type",
    },
    "keySchema": {"name": "attributeName", "attribute": "attributeName", "type": "keyType"},
    "provisioned": {
        **{"readcapacityunits": "readCapacity", "read": "readCapacity"},
        **{"writecapacityunits": "writeCapacity", "write": "writeCapacity"},
    },
    "onDemand": {},
    "globalSecondaryIndexes": {
        "name": "indexName",
        "provisionedthroughput": "provisioned",
        "ondemandthroughput": "onDemand",
    },
    "localSecondaryIndexes": {"name": "indexName"},
    "projection": {"type": "projectionType"},
    "timeToLive": {"name": "attributeName", "attribute": "attributeName"},
    "stream": {"streamviewtype": "viewType", "type": "viewType"},
    "encryption": {
        "ssetype": "type",
        "kmsmasterkeyid": "kmsKeyArn",
        "kmsmasterkeyarn": "kmsKeyArn",
        "kmskeyid": "kmsKeyArn",
        "kmskey": "kmsKeyArn",
    },
    "tags": {"name": "key", "tagkey": "key", "tagvalue": "value"},
}
"""By field of the object, then foreign name without case and separators: the name in a request."""

NESTED_FIELDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "spec": {
        "readcapacityunits": ("provisioned", "readCapacity"),
        "writecapacityunits": ("provisioned", "writeCapacity"),
        "streamviewtype": ("stream", "viewType"),
        "ttlattributename": ("timeToLive", "attributeName"),
        "ttlenabled": ("timeToLive", "enabled"),
        "kmsmasterkeyid": ("encryption", "kmsKeyArn"),
        "kmsmasterkeyarn": ("encryption", "kmsKeyArn"),
        "kmskeyid": ("encryption", "kmsKeyArn"),
        "encryptionkey": ("encryption", "kmsKeyArn"),
        "ssetype": ("encryption", "type"),
    },
    "globalSecondaryIndexes": {
        "readcapacityunits": ("provisioned", "readCapacity"),
        "writecapacityunits": ("provisioned", "writeCapacity"),
    },
}
"""Foreign names of a field in a nested object: the object and its field in a request."""

KEYS: Final = {
    **dict.fromkeys(("hashkey", "partitionkey", "primarykey", "hash", "partition"), "HASH"),
    **dict.fromkeys(("rangekey", "sortkey", "range", "sort"), "RANGE"),
}
"""Names of key attributes, with the keyType."""

ENABLED: Final = frozenset(
    {
        *("enabled", "enable", "active", "on", "streamenabled", "sseenabled", "status"),
        *("timetolivestatus", "pointintimerecoveryenabled", "contributorinsightsstatus"),
        *("contributorinsightsaction",),
    }
)
"""Names of switches."""

DISABLED: Final = frozenset({"disabled", "disable", "off", "inactive"})
"""Names of switches that are true when the object is off."""

BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "enabled", "enable", "enabling", "active"), True),
    **dict.fromkeys(("false", "no", "off", "disabled", "disable", "disabling", "inactive"), False),
}
"""Words for a boolean, without case."""

VALUES: Final[dict[str, dict[str, str]]] = {
    "billingMode": {
        "ondemand": "PAY_PER_REQUEST",
        "payasyougo": "PAY_PER_REQUEST",
        "payperuse": "PAY_PER_REQUEST",
        "serverless": "PAY_PER_REQUEST",
    },
    "type": {
        **{"string": "S", "str": "S", "number": "N", "num": "N", "binary": "B"},
        **{"default": "AWS_OWNED", "awsmanaged": "KMS"},
    },
    "keyType": {
        **{"hashkey": "HASH", "partition": "HASH", "partitionkey": "HASH", "pk": "HASH"},
        **{"rangekey": "RANGE", "sort": "RANGE", "sortkey": "RANGE", "sk": "RANGE"},
    },
    "viewType": {
        **{"oldandnewimages": "NEW_AND_OLD_IMAGES", "newandoldimage": "NEW_AND_OLD_IMAGES"},
        **{"newandold": "NEW_AND_OLD_IMAGES", "both": "NEW_AND_OLD_IMAGES"},
        **{"keys": "KEYS_ONLY", "new": "NEW_IMAGE", "old": "OLD_IMAGE"},
    },
    "projectionType": {"keys": "KEYS_ONLY", "included": "INCLUDE"},
    "tableClass": {
        "standardia": "STANDARD_INFREQUENT_ACCESS",
        "standardinfrequent": "STANDARD_INFREQUENT_ACCESS",
        "infrequentaccess": "STANDARD_INFREQUENT_ACCESS",
        "ia": "STANDARD_INFREQUENT_ACCESS",
    },
    "deletionPolicy": {
        **{"orphan": "Retain", "keep": "Retain", "retainonupdateordelete": "Retain"},
        **{"destroy": "Delete", "remove": "Delete"},
    },
}
"""By field: other words for a value, without case and separators, and the value in a request."""

UNSUPPORTED: Final = {
    **dict.fromkeys(
        ("replicas", "replica", "tablereplicas", "globaltable", "globaltablewitnesses"),
        "global tables are not supported: the table is in one region",
    ),
    **dict.fromkeys(
        ("replicaspecification", "replicationregions", "multiregionconsistency"),
        "global tables are not supported: the table is in one region",
    ),
    "globaltablesourcearn": "global tables are not supported: the table is in one region",
    "globaltablesettingsreplicationmode": "global tables are not supported",
    "warmthroughput": "warm throughput is not supported: DynamoDB's own applies",
    **dict.fromkeys(
        ("importsourcespecification", "importtable", "importsource"),
        "import is not supported: load the data after the table is ACTIVE",
    ),
    **dict.fromkeys(
        ("kinesisstreamspecification", "kinesisstream"),
        "Kinesis streams are not supported: field stream is a DynamoDB stream",
    ),
    **dict.fromkeys(
        ("autoscaling", "autoscalingenabled", "readautoscaling", "writeautoscaling", "scaling"),
        "auto scaling is not supported: billingMode PAY_PER_REQUEST scales by itself",
    ),
    **dict.fromkeys(
        ("writeprovisionedthroughputsettings", "readprovisionedthroughputsettings"),
        "auto scaling is not supported: billingMode PAY_PER_REQUEST scales by itself",
    ),
    **dict.fromkeys(
        ("restoresourcename", "restoredatetime", "restoretolatesttime", "restoresourcetablearn"),
        "restore is not supported: this request creates an empty table",
    ),
    "recoveryperiodindays": "the recovery period is always 35 days",
    "mode": "Contributor Insights have the default mode",
    "contributorinsightsmode": "Contributor Insights have the default mode",
}
"""Settings of other tools that a request does not support, with the consequence."""
