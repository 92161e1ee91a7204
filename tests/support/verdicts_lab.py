"""What a request says of itself when that is what the operators wrote."""

from verdict import ON_ITS_WAY, READY, READY_AND_STALLED, STALLED, Verdict

VERDICTS: dict[str, Verdict] = {
    "aws denies all": Verdict(
        STALLED,
        "AccessDenied",
        (
            "AWS does not let ACK do it: api error AccessDeniedException: said the proxy "
            "before the emulator"
        ),
        ("give ACK's role the permission, or ACK valid credentials; it tries again by itself"),
    ),
    "aws throttles for half a minute": Verdict(
        ON_ITS_WAY,
        "Throttled",
        (
            "table: AWS limits how much ACK may do at a time, and ACK tries again: api error "
            "ThrottlingException: said the proxy before the emulator"
        ),
    ),
    "aws throttles for three minutes": Verdict(
        STALLED,
        "Throttled",
        (
            "it takes too long: AWS limits how much ACK may do at a time, and ACK tries "
            "again: api error ThrottlingException: said the proxy before the emulator"
        ),
        "wait: ACK tries again by itself; if it lasts, ask AWS for a higher quota",
    ),
    "aws fails for half a minute": Verdict(
        ON_ITS_WAY,
        "Retrying",
        (
            "table: ACK tries again: operation error DynamoDB: DescribeTable, exceeded "
            "maximum number of attempts, 3, https response error StatusCode: 500, RequestID: "
            ", InternalServerError: said the proxy before the emulator"
        ),
    ),
    "aws fails for three minutes": Verdict(
        STALLED,
        "Retrying",
        (
            "it takes too long: ACK tries again: operation error DynamoDB: DescribeTable, "
            "exceeded maximum number of attempts, 3, https response error StatusCode: 500, "
            "RequestID: , InternalServerError: said the proxy before the emulator"
        ),
        ("kubectl describe tables.dynamodb.services.k8s.aws production-orders-table -n default"),
    ),
    "aws has failed so often that the sdk asks no more": Verdict(
        STALLED,
        "Retrying",
        (
            "it takes too long: AWS fails or throttles so often that ACK asks less; ACK tries"
            " again: operation error DynamoDB: DescribeTable, failed to get rate limit token,"
            " retry quota exceeded, 0 available, 5 requested"
        ),
        ("kubectl describe tables.dynamodb.services.k8s.aws production-orders-table -n default"),
    ),
    "aws refuses what we let through": Verdict(
        STALLED,
        "Terminal",
        (
            "DynamoDB refuses the table for good, and ACK has given up: api error "
            "ValidationException: said the proxy before the emulator"
        ),
        (
            "kubectl edit ddbr production-orders-table -n default: correct the spec; ACK "
            "tries again only after a change"
        ),
    ),
    "sts refuses ack": Verdict(
        STALLED,
        "ACKDown",
        (
            "ACK's DynamoDB controller does not run: Deployment "
            "ack-system/ack-dynamodb-chart: 0 of 1 pods available: container manager: "
            "CrashLoopBackOff: Error, exit code 1, Unable to create controller manager: "
            "unable to determine account info: unable to get caller identity: operation error"
            " STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: , api "
            "error AccessDenied: said the proxy before the emulator"
        ),
        "kubectl logs deployment/ack-dynamodb-chart -n ack-system --all-containers",
    ),
    "a new table has no ack": Verdict(
        ON_ITS_WAY, "Syncing", "table: ACK has not looked at the Table"
    ),
    "the deployment of ack was deleted": Verdict(
        STALLED,
        "ACKAbsent",
        (
            "ACK's DynamoDB controller is not installed: no Deployment of its chart is to be "
            "seen, and the Table has no status"
        ),
        "install ACK's DynamoDB controller",
    ),
    "the table was made again": Verdict(
        READY_AND_STALLED,
        "TableGone",
        (
            "table orders-table in us-east-1 is ACTIVE but empty: it was deleted behind ACK: "
            "it was ACTIVE at 2026-05-04 11:51:50 UTC, and was made again at 11:59:00"
        ),
        ("restore its data, as from a backup; any change of the request's spec then ends this"),
    ),
    "the table was made again and nothing is compared": Verdict(
        STALLED,
        "TableGone",
        (
            "table orders-table in us-east-1 is ACTIVE but empty: it was deleted behind ACK: "
            "it was ACTIVE at 2026-05-04 11:51:50 UTC, and was made again at 11:59:00"
        ),
        ("restore its data, as from a backup; any change of the request's spec then ends this"),
    ),
    "ack has created the table and compared nothing": Verdict(
        ON_ITS_WAY,
        "Syncing",
        "dynamodb: ACK has created the table, and has not compared continuousBackups yet",
    ),
    "nobody saw ack create the table": Verdict(
        ON_ITS_WAY,
        "Syncing",
        "dynamodb: ACK has created the table, and has not compared continuousBackups yet",
    ),
    "nobody saw ack create the table long ago": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "all of the table is in the call that creates it": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "ack never compares the table": Verdict(
        STALLED,
        "Syncing",
        (
            "it takes too long: ACK has created the table, and has not compared "
            "continuousBackups yet"
        ),
        "look at ACK's log",
    ),
    "ack goes down before it compares the table": Verdict(
        STALLED,
        "ACKDown",
        (
            "ACK's DynamoDB controller does not run: Deployment "
            "ack-system/ack-dynamodb-chart: scaled to zero"
        ),
        "kubectl scale deployment ack-dynamodb-chart -n ack-system --replicas=1",
    ),
    "the table was made again before the request was changed": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "the table was ready a moment before it was made": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "it is being deleted and a run before never ends": Verdict(
        STALLED,
        "ImageNotPullable",
        (
            "table orders-table in us-east-1 is kept with its data: deletionPolicy is Retain;"
            " the delete pipeline waits for another run, whose pod does not run: container "
            "configure: ImagePullBackOff: Back-off pulling image "
            '"registry.invalid/nobody/nothing:1"'
        ),
        "kubectl delete job kratix-production-orders-table-configure-2 -n default",
    ),
    "it is being deleted and a run before never gets a pod": Verdict(
        STALLED,
        "PodSecurity",
        (
            "table orders-table in us-east-1 is kept with its data: deletionPolicy is Retain;"
            " the delete pipeline waits for another run, which has no pod: Error creating: pods "
            '"x" is forbidden: violates PodSecurity "restricted:latest"'
        ),
        "kubectl delete job kratix-production-orders-table-configure-2 -n default",
    ),
    "the pipeline fails and is tried again": Verdict(
        STALLED,
        "PodFailing",
        "the pipeline's pod does not run: container configure: Error, exit code 1",
        ("kubectl logs kratix-production-orders-table-configure-2-x7k -n default --all-containers"),
    ),
    "the promise asks for more than restricted": Verdict(
        STALLED,
        "PodSecurity",
        (
            "the namespace lets the pipeline have no pod: Error creating: pods "
            '"kratix-aws-dynamodb-kratix-x-configure-1" is forbidden: violates PodSecurity '
            '"restricted:latest": allowPrivilegeEscalation != false (container "configure" '
            "must set securityContext.allowPrivilegeEscalation=false)"
        ),
        (
            "correct securityContext in the Promise; for containers without one, set "
            "workflows.defaultContainerSecurityContext in ConfigMap kratix of "
            "kratix-platform-system and restart Kratix; then kubectl delete job "
            "kratix-production-orders-table-configure-2 -n default"
        ),
    ),
}
