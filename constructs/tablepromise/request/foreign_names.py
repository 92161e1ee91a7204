"""Names that CloudFormation, the AWS CLI, ACK, Terraform, Crossplane and the CDK have for a field.

Names are compared without case and separators, so one entry is for `SSESpecification`,
`sseSpecification` and `sse_specification`. A name that differs from ours in case and separators
only needs no entry. `tests/request/test_foreign_names.py` compares the tables with botocore's
service model and ACK's CRD.
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
"""By field whose object it is in, then foreign name without case and separators: our name."""

PARTS: Final[dict[str, dict[str, tuple[str, str]]]] = {
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
"""Foreign names for a field of an object inside: (our object, our field)."""

KEYS: Final = {
    **dict.fromkeys(("hashkey", "partitionkey", "primarykey", "hash", "partition"), "HASH"),
    **dict.fromkeys(("rangekey", "sortkey", "range", "sort"), "RANGE"),
}
"""Names for an attribute of a key, and its keyType."""

ENABLED: Final = frozenset(
    {
        *("enabled", "enable", "active", "on", "streamenabled", "sseenabled", "status"),
        *("timetolivestatus", "pointintimerecoveryenabled", "contributorinsightsstatus"),
        *("contributorinsightsaction",),
    }
)
"""Names of a switch."""

DISABLED: Final = frozenset({"disabled", "disable", "off", "inactive"})
"""Names of a switch that is true when the thing is off."""

WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "enabled", "enable", "enabling", "active"), True),
    **dict.fromkeys(("false", "no", "off", "disabled", "disable", "disabling", "inactive"), False),
}
"""Texts for a bool, without case."""

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
"""By field: other texts for a value, without case and separators, and ours of that meaning."""

NOT_OFFERED: Final = {
    **dict.fromkeys(
        ("replicas", "replica", "tablereplicas", "globaltable", "globaltablewitnesses"),
        "global tables are not offered: the table is in one region",
    ),
    **dict.fromkeys(
        ("replicaspecification", "replicationregions", "multiregionconsistency"),
        "global tables are not offered: the table is in one region",
    ),
    "globaltablesourcearn": "global tables are not offered: the table is in one region",
    "globaltablesettingsreplicationmode": "global tables are not offered",
    "warmthroughput": "warm throughput is not offered: DynamoDB's own applies",
    **dict.fromkeys(
        ("importsourcespecification", "importtable", "importsource"),
        "import is not offered: load the data after the table is ACTIVE",
    ),
    **dict.fromkeys(
        ("kinesisstreamspecification", "kinesisstream"),
        "Kinesis streams are not offered: field stream is a DynamoDB stream",
    ),
    **dict.fromkeys(
        ("autoscaling", "autoscalingenabled", "readautoscaling", "writeautoscaling", "scaling"),
        "auto scaling is not offered: billingMode PAY_PER_REQUEST scales by itself",
    ),
    **dict.fromkeys(
        ("writeprovisionedthroughputsettings", "readprovisionedthroughputsettings"),
        "auto scaling is not offered: billingMode PAY_PER_REQUEST scales by itself",
    ),
    **dict.fromkeys(
        ("restoresourcename", "restoredatetime", "restoretolatesttime", "restoresourcetablearn"),
        "restore is not offered: this request creates an empty table",
    ),
    "recoveryperiodindays": "the recovery period is always 35 days",
    "mode": "Contributor Insights have the default mode",
    "contributorinsightsmode": "Contributor Insights have the default mode",
}
"""What no field of a request is for, and the consequence."""
