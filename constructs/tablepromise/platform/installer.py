"""The ServiceAccount that Flux's stages and charts are applied as."""

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.rbac import binding, service_account
from tablepromise.reads import FLUX_NAMESPACE


class Installer(Construct):
    """A ServiceAccount in Flux's namespace, and its binding to cluster-admin.

    Flux impersonates it for the stages and charts of the platform, and for nothing else: a
    Kustomization or HelmRelease that names no ServiceAccount is applied as `default` of its own
    namespace, which has no permissions. Everyone who can create pods, tokens or Kustomizations in
    Flux's namespace has the cluster: no team gets permissions there.
    """

    NAME = "tablepromise-installer"

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        # kept: without them Flux can apply nothing any more, not even them
        KubeObject(self, "Resource", service_account(self.NAME, FLUX_NAMESPACE, KEEP))
        admin = ("ClusterRole", "cluster-admin")
        account = (FLUX_NAMESPACE, self.NAME)
        KubeObject(self, "Binding", binding(self.NAME, admin, account, annotations=KEEP))
