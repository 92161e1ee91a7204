"""What a request says of itself at the end of the way, and when it is changed."""

from verdict import ON_ITS_WAY, READY, STALLED, UNKNOWN, Verdict

ADOPT = (
    "kubectl annotate --field-manager=tablepromise-adoption tables.dynamodb.services.k8s.aws "
    "production-orders-table -n default services.k8s.aws/adoption-policy=adopt-or-create && "
    "kubectl rollout restart deployment/ack-dynamodb-chart -n ack-system"
)

VERDICTS: dict[str, Verdict] = {
    "all is well": Verdict(READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"),
    "a change has arrived": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "ack has not looked at a change": Verdict(
        ON_ITS_WAY, "Syncing", "table: ACK has not looked at the Table since it was changed"
    ),
    "ack never looks at a change": Verdict(
        STALLED,
        "Syncing",
        "it takes too long: ACK has not looked at the Table since it was changed",
        "look at ACK's log",
    ),
    "ack went down before a change": Verdict(
        STALLED,
        "ACKDown",
        (
            "ACK's DynamoDB controller does not run: Deployment "
            "ack-system/ack-dynamodb-chart: scaled to zero"
        ),
        "kubectl scale deployment ack-dynamodb-chart -n ack-system --replicas=1",
    ),
    "ack ended a look just after a change": Verdict(
        ON_ITS_WAY, "Syncing", "table: ACK may have looked at the Table as it was a moment ago"
    ),
    "a table was terminal before it was corrected": Verdict(
        ON_ITS_WAY, "Syncing", "table: ACK has not looked at the Table since it was changed"
    ),
    "dynamodb changes the table": Verdict(ON_ITS_WAY, "Provisioning", "dynamodb: UPDATING"),
    "a field was removed that the table still has": Verdict(
        ON_ITS_WAY, "Applying", "applied: the Table is not as asked: spec.tags"
    ),
    "the promise was upgraded a moment ago": Verdict(
        ON_ITS_WAY,
        "Pipeline",
        "work: the pipeline wrote another Table than this tablepromise renders: spec.tableClass",
    ),
    "the pipeline is of another version": Verdict(
        STALLED,
        "Pipeline",
        (
            "it takes too long: the pipeline wrote another Table than this tablepromise"
            " renders: spec.tableClass"
        ),
        (
            "have both of one version, then run the pipeline again: kubectl label ddbr "
            "production-orders-table -n default --overwrite "
            "kratix.io/manual-reconciliation=true"
        ),
    ),
    "the request cannot be rendered": Verdict(
        UNKNOWN,
        "NotVisible",
        "applied: this tablepromise cannot tell which Table the request asks for",
    ),
    "acks two words disagree": Verdict(
        STALLED,
        "Provisioning",
        "it takes too long: ACTIVE, but ACK has not applied everything yet: Synced",
        ("kubectl describe tables.dynamodb.services.k8s.aws production-orders-table -n default"),
    ),
    "aws throttles ack for long": Verdict(
        STALLED,
        "Throttled",
        (
            "it takes too long: AWS limits how much ACK may do at a time, and ACK tries "
            "again: operation error DynamoDB: CreateTable, https response error StatusCode: 400, "
            "RequestID: 7J2OQ4UVU0D1NTK0J0S9DH7F2FVV4KQNSO5AEMVJF66Q9ASUAAJG, api error"
            " ThrottlingException: Rate exceeded"
        ),
        "wait: ACK tries again by itself; if it lasts, ask AWS for a higher quota",
    ),
    "the region has drifted": Verdict(
        STALLED,
        "RegionChanged",
        (
            "the region of table orders-table was changed after it was made: Resource "
            "region drift detected: us-east-1 is not us-west-2"
        ),
        "kubectl edit ddbr production-orders-table -n default: set the region back",
    ),
    "a deleted table is protected": Verdict(
        STALLED,
        "Protected",
        (
            "DynamoDB protects table orders-table from deletion: ValidationException: "
            "Resource cannot be deleted: deletion protection is enabled"
        ),
        (
            "aws dynamodb update-table --table-name orders-table --region us-east-1 "
            "--no-deletion-protection-enabled, then change any field of the Table"
        ),
    ),
    "the store was emptied": Verdict(
        STALLED,
        "StoreEmptied",
        (
            "the manifest was written to BucketStateStore store, and is not there any "
            "more: Kustomization flux-system/aws-resources has applied sha256:2, which "
            "has no such Table"
        ),
        (
            "have it written anew: kubectl label ddbr production-orders-table -n "
            "default --overwrite kratix.io/manual-reconciliation=true; if the store was"
            " emptied, suspend Kustomization flux-system/aws-resources first"
        ),
    ),
    "dynamodb makes the table": Verdict(ON_ITS_WAY, "Provisioning", "dynamodb: CREATING"),
    "ack is scaled to zero": Verdict(
        STALLED,
        "ACKDown",
        (
            "ACK's DynamoDB controller does not run: Deployment "
            "ack-system/ack-dynamodb-chart: scaled to zero"
        ),
        "kubectl scale deployment ack-dynamodb-chart -n ack-system --replicas=1",
    ),
    "ack crashes": Verdict(
        STALLED,
        "ACKDown",
        (
            "ACK's DynamoDB controller does not run: Deployment "
            "ack-system/ack-dynamodb-chart: 0 of 1 pods available: container manager: "
            "CrashLoopBackOff: Error, exit code 1"
        ),
        "kubectl logs deployment/ack-dynamodb-chart -n ack-system --all-containers",
    ),
    "the table is nobody knows whose": Verdict(
        STALLED,
        "NameTaken",
        (
            "table orders-table in us-east-1 exists, and ACK did not create it for this Table "
            "object: it may be of somebody else, or retained from an earlier request or from "
            "another cluster: This resource already exists but is not managed by ACK."
        ),
        (
            "if the table is of somebody else: kubectl delete ddbr production-orders-table -n "
            "default, and request another name; its tags tell whose it is "
            "(services.k8s.aws/namespace, services.k8s.aws/resource-name): aws dynamodb "
            'list-tags-of-resource --resource-arn "$(aws dynamodb describe-table --table-name '
            'orders-table --region us-east-1 --query Table.TableArn --output text)" --region '
            f"us-east-1; if it is yours, the platform team has ACK adopt it: {ADOPT}"
        ),
    ),
    "the table object was removed by force": Verdict(
        STALLED,
        "NameTaken",
        (
            "table orders-table in us-east-1 is this request's: ACK managed it through an earlier "
            "Table object, which was removed without ACK (uid 7f6b1de4-0000-4000-8000-"
            "000000000000): This resource already exists but is not managed by ACK."
        ),
        f"the platform team has ACK adopt the table: {ADOPT}",
    ),
    "terminal beats ready": Verdict(
        STALLED,
        "Terminal",
        (
            "DynamoDB refuses the table for good, and ACK has given up: "
            "ValidationException: not supported"
        ),
        (
            "kubectl edit ddbr production-orders-table -n default: correct the spec; "
            "ACK tries again only after a change"
        ),
    ),
    "no permission in aws": Verdict(
        STALLED,
        "AccessDenied",
        (
            "AWS does not let ACK do it: operation error DynamoDB: CreateTable, "
            "AccessDeniedException: not authorized"
        ),
        ("give ACK's role the permission, or ACK valid credentials; it tries again by itself"),
    ),
    "somebody deletes the table": Verdict(
        STALLED,
        "TableDeleted",
        (
            "somebody deletes the Table, but not the request: its data goes too: waits "
            "for finalizers.dynamodb.services.k8s.aws/Table"
        ),
        "look who deletes it; the agent makes it again once it is gone",
    ),
    "the kms key is gone": Verdict(
        STALLED,
        "KeyGone",
        "DynamoDB has made the table INACCESSIBLE_ENCRYPTION_CREDENTIALS: NotSynced",
        ("give the table its KMS key back: DynamoDB archives a table that lacks it for 7 days"),
    ),
    "the table was deleted behind ack": Verdict(
        STALLED,
        "TableGone",
        (
            "DynamoDB has no table orders-table in us-east-1, though ACK saw it: Table "
            "default/production-orders-table: tableStatus ACTIVE"
        ),
        (
            "look whether this is the account and endpoint that ACK uses; if so, the "
            "table was deleted behind ACK, which makes it again, empty, at its next "
            "resync"
        ),
    ),
    "dynamodb cannot be asked": Verdict(UNKNOWN, "NotVisible", "dynamodb: no credentials"),
    "it is being deleted": Verdict(
        ON_ITS_WAY,
        "Deleting",
        (
            "deletion: table orders-table in us-east-1 is kept with its data: "
            "deletionPolicy is Retain; waits for Kratix to take the Table out of the "
            "state store (kratix.io/work-cleanup)"
        ),
    ),
    "its namespace is being deleted": Verdict(
        STALLED,
        "NamespaceTerminating",
        (
            "table orders-table in us-east-1 is kept with its data: deletionPolicy is Retain; it "
            "is not deleted: Namespace default is being deleted, and accepts no Job of the delete "
            "pipeline: finalizer kratix.io/delete-workflows"
        ),
        (
            "leave the delete pipeline out, it deletes nothing itself, and Kratix does the rest: "
            "kubectl patch ddbr production-orders-table -n default --type=merge -p "
            '\'{"metadata": {"finalizers": ["kratix.io/work-cleanup"]}}\''
        ),
    ),
    "it is being deleted and the store is down": Verdict(
        STALLED,
        "StoreFailing",
        (
            "table orders-table in us-east-1 is kept with its data: deletionPolicy is "
            "Retain; the manifest cannot be removed from BucketStateStore store: "
            "WorkloadsFailedWrite: connection refused; finalizers "
            "finalizers.workplacement.kratix.io/repo-cleanup"
        ),
        "mend the state store: Kratix tries again by itself",
    ),
    "it is being deleted and kratix is down": Verdict(
        STALLED,
        "KratixDown",
        (
            "table orders-table in us-east-1 is kept with its data: deletionPolicy is "
            "Retain; it is not deleted: Kratix does not run: Deployment "
            "kratix-platform-system/kratix-platform-controller-manager: scaled to zero"
        ),
        (
            "kubectl scale deployment kratix-platform-controller-manager -n "
            "kratix-platform-system --replicas=1"
        ),
    ),
    "a developer sees the request only": Verdict(
        UNKNOWN, "NotVisible", "work: not allowed to list Work"
    ),
}
"""By the names of situations."""
