"""What a request says of itself on the way to the Table."""

from verdict import ON_ITS_WAY, READY, STALLED, UNKNOWN, Verdict

VERDICTS: dict[str, Verdict] = {
    "flux has not fetched it": Verdict(
        ON_ITS_WAY,
        "Applying",
        "applied: Kustomization flux-system/aws-resources has not fetched it yet",
    ),
    "kratix picks a destination": Verdict(
        ON_ITS_WAY, "Scheduling", "scheduled: Kratix picks a Destination"
    ),
    "no destination at all": Verdict(
        STALLED,
        "NoDestination",
        "there is no Destination; one with cloud=aws, ack-enabled=true is wanted",
        "register one, with a state store and those labels",
    ),
    "no destination with the labels": Verdict(
        STALLED,
        "NoDestination",
        (
            "no Destination has the labels cloud=aws, ack-enabled=true: aws lacks "
            "ack-enabled=true; other lacks cloud=aws, ack-enabled=true"
        ),
        "kubectl label --overwrite destination aws ack-enabled=true (if ACK runs there)",
    ),
    "misplaced": Verdict(
        STALLED,
        "DestinationMismatch",
        (
            "Destination aws is no longer the one that the request wants: "
            "DestinationSelectorMismatch: Target destination no longer matches "
            "destinationSelectors; it lacks cloud=aws"
        ),
        "kubectl label --overwrite destination aws cloud=aws",
    ),
    "the store is down and still says ready": Verdict(
        STALLED,
        "StoreFailing",
        (
            "Kratix cannot write to BucketStateStore store: WorkloadsFailedWrite: Put "
            "http://minio:9000/kratix/aws: dial tcp: connection refused"
        ),
        ("kubectl describe bucketstatestore store; when it is repaired, Kratix retries by itself"),
    ),
    "an update is not written yet": Verdict(
        ON_ITS_WAY, "Writing", "written: Kratix writes to BucketStateStore store"
    ),
    "an update is written and not applied": Verdict(
        ON_ITS_WAY,
        "Applying",
        ("applied: the Table is not as asked: spec.billingMode, spec.provisionedThroughput"),
    ),
    "blocked by another object": Verdict(
        STALLED,
        "Blocked",
        (
            "blocked by another object: Table/team-b/bad: ReconciliationFailed: "
            "Table/team-b/bad dry-run failed: failed to create typed patch object "
            "(team-b/bad; dynamodb.services.k8s.aws/v1alpha1, Kind=Table): "
            ".spec.region: field not declared in schema"
        ),
        (
            "have Table/team-b/bad corrected or removed: Kustomization "
            "flux-system/aws-resources applies all or nothing"
        ),
    ),
    "ack is not installed": Verdict(
        STALLED,
        "ACKAbsent",
        (
            "the API server refuses the Table: ReconciliationFailed: "
            "Table/default/production-orders-table dry-run failed: no matches for kind "
            '"Table" in version "x"'
        ),
        "install ACK's DynamoDB controller with its CRDs: the cluster has no such API",
    ),
    "the source cannot be fetched": Verdict(
        STALLED,
        "SourceFailing",
        (
            "Bucket flux-system/aws cannot be fetched: Secret flux-system/store has no valid keys "
            "of the state store: AuthenticationFailed: secret 'store' not found"
        ),
        (
            "put valid credentials of the state store into Secret flux-system/store; when it is "
            "repaired: kubectl annotate --overwrite buckets.source.toolkit.fluxcd.io --all -n "
            'flux-system reconcile.fluxcd.io/requestedAt="$(date +%s)"'
        ),
    ),
    "the secret of the source lost its keys": Verdict(
        STALLED,
        "SourceFailing",
        (
            "Bucket flux-system/aws cannot be fetched: Secret flux-system/store has no valid keys "
            "of the state store: AuthenticationFailed: invalid 'store' secret data: required "
            "fields 'accesskey' and 'secretkey'"
        ),
        (
            "kubectl create job -n state-store --from=cronjob/state-store-keys "
            'state-store-keys-"$(date +%s)" (fills Secret flux-system/store); when it is '
            "repaired: kubectl annotate --overwrite buckets.source.toolkit.fluxcd.io --all -n "
            'flux-system reconcile.fluxcd.io/requestedAt="$(date +%s)"'
        ),
    ),
    "the source cannot be reached": Verdict(
        STALLED,
        "SourceFailing",
        (
            "Bucket flux-system/aws cannot be fetched: BucketOperationFailed: failed to confirm "
            "existence of 'kratix' bucket: dial tcp: connection refused"
        ),
        (
            "kubectl describe buckets.source.toolkit.fluxcd.io aws -n flux-system; when it is "
            "repaired: kubectl annotate --overwrite buckets.source.toolkit.fluxcd.io --all -n "
            'flux-system reconcile.fluxcd.io/requestedAt="$(date +%s)"'
        ),
    ),
    "the secret of the state store lost a key": Verdict(
        STALLED,
        "StoreFailing",
        (
            "BucketStateStore store is not ready: ErrorInitialisingWriter: Error initialising "
            "writer: secret is missing key: secretAccessKey"
        ),
        (
            "put valid credentials of the state store into Secret kratix-platform-system/store; "
            "when it is repaired, Kratix retries by itself"
        ),
    ),
    "the kustomization is suspended": Verdict(
        STALLED,
        "AgentSuspended",
        "Kustomization flux-system/aws-resources is suspended: spec.suspend is true",
        (
            "kubectl patch kustomizations.kustomize.toolkit.fluxcd.io aws-resources -n "
            'flux-system --type merge -p \'{"spec":{"suspend":false}}\''
        ),
    ),
    "flux is down": Verdict(
        STALLED,
        "AgentDown",
        ("Flux does not run: Deployment flux-system/source-controller: 0 of 1 pods available"),
        "kubectl describe deployment source-controller -n flux-system",
    ),
    "the agent is in another cluster": Verdict(
        UNKNOWN,
        "NotVisible",
        "applied: the agent is not visible from here: there is no Flux in this cluster",
    ),
    "kratix writes the same again": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "kratix never writes the same again": Verdict(
        STALLED,
        "Writing",
        "it takes too long: Kratix writes to BucketStateStore store",
        (
            "kubectl describe workplacement "
            "aws-dynamodb-kratix-production-orders-table-configure-1.aws-5058f -n default"
        ),
    ),
}
"""By the names of situations."""
