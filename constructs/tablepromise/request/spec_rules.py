"""Rules over a whole spec: between fields, and about immutable fields.

`[list].all(name, ...)` gives a list a name, so that no rule needs a macro over attributes inside
one over keys: the CEL library stops an evaluation after 10,000 steps.
"""

from tablepromise.request import limits
from tablepromise.request.rules import Rule

NEW_TABLE = "request a new table with another name and move the data"

_NAMES = "[self.attributeDefinitions.map(a, a.name)]"
_FIRST_UNDEFINED = "keySchema.filter(k, !(k.attributeName in names))[0].attributeName"


def _first_index(indexes: str, condition: str) -> str:
    """Return CEL for the name of the first index that meets a condition."""
    return f"'index ' + self.{indexes}.filter(i, {condition})[0].indexName"


def _undefined(indexes: str) -> str:
    """Return CEL for the first attribute of a key that attributeDefinitions lacks."""
    return (
        f"{_NAMES}.map(names, self.{indexes}.filter(i, !i.keySchema.all(k, k.attributeName in "
        f"names)).map(i, 'attribute ' + i.{_FIRST_UNDEFINED} + ' of index ' + i.indexName)[0])[0]"
    )


_NO_LIMIT = "keep both, or raise them to the quota of a table, which is no limit"

SPEC_RULES = (
    Rule(
        "self.keySchema.all(k, self.attributeDefinitions.exists(a, a.name == k.attributeName))",
        "every key attribute is in attributeDefinitions",
        "define it there with its type, or correct its name",
        ".keySchema",
        subject=f"{_NAMES}.map(names, 'attribute ' + self.{_FIRST_UNDEFINED})[0]",
    ),
    Rule(
        "!has(self.globalSecondaryIndexes) || "
        "[self.attributeDefinitions.map(a, a.name)].all(names, "
        "self.globalSecondaryIndexes.all(i, i.keySchema.all(k, k.attributeName in names)))",
        "every attribute of an index key is in attributeDefinitions",
        "define it there with its type, or correct its name",
        ".globalSecondaryIndexes",
        subject=_undefined("globalSecondaryIndexes"),
    ),
    Rule(
        "!has(self.localSecondaryIndexes) || "
        "[self.attributeDefinitions.map(a, a.name)].all(names, "
        "self.localSecondaryIndexes.all(i, i.keySchema.all(k, k.attributeName in names)))",
        "every attribute of an index key is in attributeDefinitions",
        "define it there with its type, or correct its name",
        ".localSecondaryIndexes",
        subject=_undefined("localSecondaryIndexes"),
    ),
    Rule(
        "self.billingMode != 'PROVISIONED' || has(self.provisioned)",
        "billingMode PROVISIONED needs provisioned",
        "add provisioned with readCapacity and writeCapacity, or use PAY_PER_REQUEST",
        ".billingMode",
    ),
    Rule(
        "self.billingMode == 'PROVISIONED' || !has(self.provisioned)",
        "provisioned goes with billingMode PROVISIONED only",
        "set billingMode to PROVISIONED or remove provisioned",
        ".provisioned",
    ),
    Rule(
        "self.billingMode == 'PAY_PER_REQUEST' || !has(self.onDemand)",
        "onDemand goes with billingMode PAY_PER_REQUEST only",
        "set billingMode to PAY_PER_REQUEST or remove onDemand",
        ".onDemand",
    ),
    Rule(
        "self.billingMode == 'PROVISIONED' || !has(self.globalSecondaryIndexes) || "
        "self.globalSecondaryIndexes.all(i, !has(i.provisioned))",
        "provisioned of an index goes with billingMode PROVISIONED only",
        "set billingMode to PROVISIONED or remove provisioned from the indexes",
        ".globalSecondaryIndexes",
        subject=_first_index("globalSecondaryIndexes", "has(i.provisioned)"),
    ),
    Rule(
        "self.billingMode == 'PAY_PER_REQUEST' || !has(self.globalSecondaryIndexes) || "
        "self.globalSecondaryIndexes.all(i, !has(i.onDemand))",
        "onDemand of an index goes with billingMode PAY_PER_REQUEST only",
        "set billingMode to PAY_PER_REQUEST or remove onDemand from the indexes",
        ".globalSecondaryIndexes",
        subject=_first_index("globalSecondaryIndexes", "has(i.onDemand)"),
    ),
    Rule(
        "!has(self.globalSecondaryIndexes) || !has(self.localSecondaryIndexes) || "
        "self.localSecondaryIndexes.all(l, "
        "!self.globalSecondaryIndexes.exists(g, g.indexName == l.indexName))",
        "a global and a local index have different names",
        "rename one of them",
        ".localSecondaryIndexes",
        subject=_first_index(
            "localSecondaryIndexes",
            "self.globalSecondaryIndexes.exists(g, g.indexName == i.indexName)",
        ),
    ),
    Rule(
        "!has(self.localSecondaryIndexes) || self.localSecondaryIndexes.size() == 0 || "
        "self.keySchema.size() == 2",
        "a table with local indexes has a RANGE key",
        "add a RANGE attribute to keySchema, or use global indexes",
        ".localSecondaryIndexes",
    ),
    Rule(
        "!has(self.localSecondaryIndexes) || self.localSecondaryIndexes.all(i, "
        "i.keySchema[0].attributeName == self.keySchema[0].attributeName)",
        "a local index has the HASH attribute of the table",
        "use the table's HASH attribute, or make it a global index",
        ".localSecondaryIndexes",
        subject=_first_index(
            "localSecondaryIndexes",
            "i.keySchema[0].attributeName != self.keySchema[0].attributeName",
        ),
    ),
    Rule(
        "(has(self.globalSecondaryIndexes) ? self.globalSecondaryIndexes.map(i, "
        "has(i.projection.nonKeyAttributes) ? i.projection.nonKeyAttributes.size() : 0).sum() "
        ": 0) + (has(self.localSecondaryIndexes) ? self.localSecondaryIndexes.map(i, "
        "has(i.projection.nonKeyAttributes) ? i.projection.nonKeyAttributes.size() : 0).sum() "
        f": 0) <= {limits.PROJECTED_ATTRIBUTES}",
        f"all indexes together have at most {limits.PROJECTED_ATTRIBUTES} nonKeyAttributes",
        "project fewer attributes, or ALL",
    ),
    Rule(
        "!has(self.timeToLive) || self.attributeDefinitions.all(a, "
        "a.name != self.timeToLive.attributeName || a.type == 'N')",
        "the timeToLive attribute is a number",
        "give it type N in attributeDefinitions, or name another attribute",
        ".timeToLive",
    ),
    Rule(
        "self.keySchema == oldSelf.keySchema",
        "keySchema is immutable",
        NEW_TABLE,
        ".keySchema",
    ),
    Rule(
        "[self.attributeDefinitions.filter(a, !(a in oldSelf.attributeDefinitions))"
        ".map(a, a.name)].all(changed, "
        "oldSelf.keySchema.all(k, !(k.attributeName in changed)) && "
        "(!has(oldSelf.globalSecondaryIndexes) || oldSelf.globalSecondaryIndexes.all(i, "
        "i.keySchema.all(k, !(k.attributeName in changed)))) && "
        "(!has(oldSelf.localSecondaryIndexes) || oldSelf.localSecondaryIndexes.all(i, "
        "i.keySchema.all(k, !(k.attributeName in changed)))))",
        "the type of an attribute of a key or index is immutable",
        "use an attribute of another name",
        ".attributeDefinitions",
    ),
    Rule(
        # an empty list equals none
        "has(self.localSecondaryIndexes) && self.localSecondaryIndexes.size() > 0 "
        "? has(oldSelf.localSecondaryIndexes) && "
        "self.localSecondaryIndexes == oldSelf.localSecondaryIndexes "
        ": !has(oldSelf.localSecondaryIndexes) || oldSelf.localSecondaryIndexes.size() == 0",
        "localSecondaryIndexes is immutable",
        "use a global index, or a new table",
        ".localSecondaryIndexes",
    ),
    Rule(
        "!has(oldSelf.timeToLive) || !oldSelf.timeToLive.enabled || has(self.timeToLive)",
        "timeToLive is switched off before it is removed",
        "set timeToLive.enabled to false, and remove timeToLive in a later change",
        ".timeToLive",
    ),
    Rule(
        "!has(oldSelf.stream) || has(self.stream) && self.stream == oldSelf.stream",
        "a stream is immutable once the table has it",
        "set it back (ACK cannot switch a stream off without failing the Table)",
        ".stream",
    ),
    Rule(
        "!has(oldSelf.onDemand) || has(self.onDemand) || self.billingMode == 'PROVISIONED'",
        "onDemand cannot be removed while billingMode is PAY_PER_REQUEST (ACK cannot remove a "
        "maximum)",
        _NO_LIMIT,
        ".onDemand",
    ),
    Rule(
        "!has(oldSelf.globalSecondaryIndexes) || !has(self.globalSecondaryIndexes) || "
        "self.billingMode == 'PROVISIONED' || self.globalSecondaryIndexes.filter(i, "
        "!has(i.onDemand)).all(i, !oldSelf.globalSecondaryIndexes.exists(o, "
        "o.indexName == i.indexName && has(o.onDemand)))",
        "onDemand of an index cannot be removed while the index exists and billingMode is "
        "PAY_PER_REQUEST (ACK cannot remove a maximum)",
        _NO_LIMIT,
        ".globalSecondaryIndexes",
    ),
    Rule(
        "!has(oldSelf.globalSecondaryIndexes) || !has(self.globalSecondaryIndexes) || "
        "self.billingMode == oldSelf.billingMode || self.billingMode == 'PROVISIONED' || "
        "self.globalSecondaryIndexes.filter(i, !has(i.onDemand)).all(i, "
        "!oldSelf.globalSecondaryIndexes.exists(o, o.indexName == i.indexName))",
        "every index that stays has onDemand when billingMode becomes PAY_PER_REQUEST (ACK updates "
        "such an index, and AWS rejects an update with nothing in it)",
        "give each of these indexes onDemand in the same change (its maximums stay), or remove "
        "these indexes in this change and add them again later",
        ".globalSecondaryIndexes",
    ),
    Rule(
        "!has(self.encryption.kmsKeyArn) || "
        "self.encryption.kmsKeyArn.contains(':kms:' + self.region + ':')",
        "the KMS key is in the region of the table",
        "use a key of that region (a multi-Region key has an ARN in each of its regions)",
        ".encryption.kmsKeyArn",
    ),
)

SUBJECTS = {rule.expression: rule.subject for rule in SPEC_RULES if rule.subject}
"""Subject of a rule, by its expression."""
