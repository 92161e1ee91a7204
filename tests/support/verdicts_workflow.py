"""What a request says of itself on the way to the Work."""

from verdict import ON_ITS_WAY, READY, STALLED, Verdict

VERDICTS: dict[str, Verdict] = {
    "the pipeline runs": Verdict(ON_ITS_WAY, "Pipeline", "workflow: the pipeline runs"),
    "the pipeline runs again": Verdict(
        READY, "Active", "table orders-table in us-east-1 is ACTIVE, as asked"
    ),
    "the pipeline runs again for long": Verdict(
        STALLED,
        "Pipeline",
        "it takes too long: the pipeline runs",
        "kubectl describe job kratix-production-orders-table-configure-2 -n default",
    ),
    "the pipeline runs for a change": Verdict(
        ON_ITS_WAY, "Pipeline", "workflow: the pipeline runs"
    ),
    "kratix is scaled to zero": Verdict(
        STALLED,
        "KratixDown",
        (
            "Kratix does not run: Deployment "
            "kratix-platform-system/kratix-platform-controller-manager: scaled to zero"
        ),
        (
            "kubectl scale deployment kratix-platform-controller-manager -n "
            "kratix-platform-system --replicas=1"
        ),
    ),
    "it is refused": Verdict(
        STALLED,
        "Rejected",
        (
            "the pipeline refuses the request: refused, nothing was changed: "
            "spec.resourcePolicy is not JSON; correct it"
        ),
        (
            "kubectl edit ddbr production-orders-table -n default: correct the spec, "
            "which runs the pipeline again"
        ),
    ),
    "the name is taken by another request": Verdict(
        STALLED,
        "RejectedForNow",
        (
            "the pipeline refuses the request for now: refused for now, nothing was "
            "changed: table orders-table in us-east-1 is already requested by "
            "team-b/orders; choose another name, or delete that request"
        ),
        (
            "remove the reason, or kubectl edit ddbr production-orders-table -n "
            "default; Kratix tries again by itself at 2026-05-04 12:02:00 UTC"
        ),
    ),
    "pod security": Verdict(
        STALLED,
        "PodSecurity",
        (
            "the namespace lets the pipeline have no pod: Error creating: pods "
            '"kratix-x" is forbidden: violates PodSecurity "restricted:latest": '
            "allowPrivilegeEscalation != false"
        ),
        (
            "correct securityContext in the Promise; for containers without one, set "
            "workflows.defaultContainerSecurityContext in ConfigMap kratix of "
            "kratix-platform-system and restart Kratix; then kubectl delete job "
            "kratix-production-orders-table-configure-2 -n default"
        ),
    ),
    "quota": Verdict(
        STALLED,
        "QuotaExceeded",
        (
            "the namespace lets the pipeline have no pod: Error creating: pods "
            '"kratix-x" is forbidden: exceeded quota: compute'
        ),
        "kubectl describe resourcequota -n default: raise it, the Job then goes on",
    ),
    "image pull": Verdict(
        STALLED,
        "ImageNotPullable",
        (
            "the pipeline's pod does not run: container configure: ImagePullBackOff: "
            "Back-off pulling image"
        ),
        "kubectl describe pod kratix-production-orders-table-configure-2-x7k -n default",
    ),
    "the pipeline failed and its pod is gone": Verdict(
        STALLED,
        "PipelineFailed",
        (
            "the pipeline failed: A Configure Pipeline has failed: configure; Job has "
            "reached the backoff limit"
        ),
        (
            "run it again and watch: kubectl label ddbr production-orders-table -n "
            "default --overwrite kratix.io/manual-reconciliation=true"
        ),
    ),
    "paused by its own label": Verdict(
        STALLED,
        "Paused",
        "Kratix is told to leave the request alone: PausedReconciliation: Paused",
        "kubectl label ddbr production-orders-table -n default kratix.io/paused-",
    ),
    "kratix begins other runs meanwhile": Verdict(
        ON_ITS_WAY, "Pipeline", "workflow: Kratix has not taken up generation 1 of the request"
    ),
    "kratix begins no other run either": Verdict(
        STALLED,
        "Pipeline",
        "it takes too long: Kratix has not taken up generation 1 of the request",
        "kubectl logs deployment/kratix-platform-controller-manager -n kratix-platform-system",
    ),
    "kratix begins other runs for half an hour": Verdict(
        STALLED,
        "Pipeline",
        "it takes too long: Kratix has not taken up generation 1 of the request",
        "kubectl logs deployment/kratix-platform-controller-manager -n kratix-platform-system",
    ),
    "kratix lost the write that the run begins": Verdict(
        STALLED,
        "ImageNotPullable",
        (
            "the pipeline's pod does not run: container configure: ImagePullBackOff: "
            "Back-off pulling image"
        ),
        "kubectl describe pod kratix-production-orders-table-configure-2-x7k -n default",
    ),
    "kratix lost the write and the pipeline runs": Verdict(
        ON_ITS_WAY, "Pipeline", "workflow: the pipeline runs"
    ),
    "kratix lost the write and the pipeline runs for ever": Verdict(
        STALLED,
        "Pipeline",
        "it takes too long: the pipeline runs",
        "kubectl describe job kratix-production-orders-table-configure-2 -n default",
    ),
    "kratix lost the write and the pipeline failed": Verdict(
        STALLED,
        "PipelineFailed",
        "the pipeline failed: Job has reached the backoff limit",
        (
            "run it again and watch: kubectl label ddbr production-orders-table -n default "
            "--overwrite kratix.io/manual-reconciliation=true"
        ),
    ),
}
"""By the names of situations."""
