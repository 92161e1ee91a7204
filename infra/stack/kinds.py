"""Kinds of objects for which Pulumi needs options. `policies` reads them without cdk8s."""

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
"""Conditions that Pulumi waits for, by kind. It knows when Deployments, Jobs and volumes are ready.

The agents' Kustomizations are left out: a Table that the API server rejects must not stop an `up`.
"""

BACKGROUND_DELETION = frozenset({"Promise", "CompositeResourceDefinition", model.KIND})
"""Kinds that Kratix or Crossplane deletes in an order of its own. Pulumi's default, foreground
deletion, would delete what they own first: of a Promise the PromiseRevision that the deletion of
each request needs, of a CompositeResourceDefinition the CRD of the resources that are being
deleted."""

CONFIRMED_DELETION = {
    "Promise": "promises",
    "CompositeResourceDefinition": "compositeresourcedefinitions",
}
"""Plurals of the kinds whose deletion an admission policy rejects without a confirmation:
`pulumi destroy` confirms it."""

PROTECTED = frozenset(
    {
        *(model.KIND, "Promise", "BucketStateStore", "GitStateStore", "PersistentVolumeClaim"),
        *("CompositeResourceDefinition", "Provider", "ResourceGraphDefinition"),
    }
)
"""Kinds whose deletion deletes data or every request, or stops the deletion of requests."""
