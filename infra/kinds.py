"""Kinds: what Pulumi is told of those that it knows nothing of."""

from tablepromise.request import model

WAIT_FOR = {
    "HelmRelease": "condition=Ready",
    "BucketStateStore": "condition=Ready",
    "GitStateStore": "condition=Ready",
    "Destination": "condition=Ready",
    "Promise": "condition=Available",
    "Provider": '["condition=Installed", "condition=Healthy"]',
    "Function": '["condition=Installed", "condition=Healthy"]',
    "ResourceGraphDefinition": "condition=Ready",
    "CompositeResourceDefinition": "condition=Established",
    model.KIND: "condition=Reconciled",
}
"""What it waits for. It knows Deployments, Jobs and volumes.

Not the agent's Kustomizations: a Table that Flux is refused must not hold up the stack.
"""

IN_BACKGROUND = frozenset({"Promise", "CompositeResourceDefinition", model.KIND})
"""Kinds whose deletion Kratix or Crossplane does in an order of its own. Pulumi would have
Kubernetes delete what they own first: of a Promise the PromiseRevision that the end of each request
is looked up in, of a CompositeResourceDefinition the kind of what is to end."""

CONFIRMED = {
    "Promise": "promises",
    "CompositeResourceDefinition": "compositeresourcedefinitions",
}
"""Plurals of the kinds whose deletion a policy in the cluster rejects without a confirmation:
`pulumi destroy` confirms it."""

KEPT = frozenset(
    {
        *(model.KIND, "Promise", "BucketStateStore", "GitStateStore", "PersistentVolumeClaim"),
        *("CompositeResourceDefinition", "Provider", "ResourceGraphDefinition"),
    }
)
"""Kinds with which data goes, or every request, or who would end one."""
