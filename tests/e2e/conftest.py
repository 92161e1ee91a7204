"""End to end: the platform as it is installed on the cluster of KUBECONFIG."""

import os
from collections.abc import Iterator

import pytest
from api import kubectl
from installed import KRATIX, NAMESPACE, Platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform, with a namespace that enforces `restricted`; it goes in the end."""
    with Platform.reached() as found:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        kubectl("create", "namespace", NAMESPACE)
        label = "pod-security.kubernetes.io/enforce=restricted"
        kubectl("label", "namespace", NAMESPACE, label)
        yield found
        kubectl("delete", "ddbr", "--all", "-n", NAMESPACE)
        kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture
def disruption(platform: Platform) -> None:
    """Skips what other people on the cluster would notice, where they may be there."""
    production = platform.list(f"{KRATIX}/destinations", environment="production")
    if production and not os.environ.get("E2E_DISRUPT"):
        pytest.skip("a Destination is in production; set E2E_DISRUPT=1 to disrupt it")
