"""The ServiceAccount that Flux's stages and charts are applied as."""

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.reads import FLUX_NAMESPACE


class Installer(Construct):
    """A ServiceAccount in Flux's namespace that is cluster-admin, and the binding that makes it so.

    Flux impersonates it for the stages and charts of the platform, and for nothing else: a
    Kustomization or HelmRelease that names no ServiceAccount is applied as `default` of its own
    namespace, which has no permissions. So whoever can create pods, tokens or Kustomizations in
    Flux's namespace has the cluster: no team gets permissions there.
    """

    NAME = "tablepromise-installer"

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        account = {"name": self.NAME, "namespace": FLUX_NAMESPACE}
        # kept: without them Flux can apply nothing any more, not even them
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {**account, "annotations": KEEP},
                "automountServiceAccountToken": False,
            },
        )
        rbac = "rbac.authorization.k8s.io"
        KubeObject(
            self,
            "Binding",
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": self.NAME, "annotations": KEEP},
                "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", **account}],
            },
        )
