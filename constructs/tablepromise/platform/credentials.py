"""Credentials, by the name of a Secret. What a Secret holds can not be said here.

A Secret is one of

- `ExistingSecret`: somebody or something else makes it;
- `ExternalSecret`: the External Secrets Operator copies it from a vault;
- `SealedSecret`: the Sealed Secrets controller decrypts it in the cluster.

None of them has a field for a plain value, so none gets into a manifest.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject


@dataclass(frozen=True, kw_only=True)
class ExistingSecret:
    """A Secret that is there, or comes from elsewhere.

    Attributes:
        name: of the Secret, in the namespace of who uses it.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class ExternalSecret:
    """A Secret that the External Secrets Operator keeps.

    Attributes:
        name: of the Secret.
        store: name of the ClusterSecretStore.
        key: of the entry in the vault.
        properties: the Secret's keys, each with the property of the entry; default: all
            properties, by their own names.
        refresh: how often the vault is asked; default: 1h.
    """

    name: str
    store: str
    key: str
    properties: dict[str, str] = field(default_factory=dict[str, str])
    refresh: str = "1h"


@dataclass(frozen=True, kw_only=True)
class SealedSecret:
    """A Secret that the Sealed Secrets controller decrypts.

    Attributes:
        name: of the Secret; what was sealed for one name and namespace opens nowhere else.
        encrypted: the Secret's keys, each with what `kubeseal` printed for its value.

    Raises:
        ValueError: a value cannot have come from kubeseal, so it may be plain.
    """

    name: str
    encrypted: dict[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        for key, value in self.encrypted.items():
            if not _is_sealed(value):
                raise ValueError(
                    f"key {key} of SealedSecret {self.name} is not sealed, allowed: what "
                    "`kubeseal` prints; seal the value, and change it wherever it was plain"
                )


Secret = ExistingSecret | ExternalSecret | SealedSecret


@dataclass(frozen=True, kw_only=True)
class IamRole:
    """An IAM role for a ServiceAccount (IRSA): credentials that are nowhere to be kept.

    Attributes:
        arn: of the role.

    Raises:
        ValueError: that is no ARN of a role.
    """

    arn: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/.+", self.arn):
            raise ValueError(
                f"arn is not one of a role: got {self.arn!r}, allowed: "
                "arn:aws:iam::<12 digits>:role/<name>"
            )

    @property
    def annotations(self) -> dict[str, str]:
        """Of the ServiceAccount that acts as the role."""
        return {"eks.amazonaws.com/role-arn": self.arn}


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """An emulator in the place of AWS.

    It accepts any credentials. So ACK gets some that are of no use elsewhere, as plain environment
    variables: there is no Secret that could come to hold real ones.

    Attributes:
        url: of its endpoint, for DynamoDB and STS.
    """

    url: str


@dataclass(frozen=True, kw_only=True)
class CredentialsSecretProps:
    """Where a Secret comes from.

    Attributes:
        namespace: of the Secret.
        source: of its values.
    """

    namespace: str
    source: Secret


class CredentialsSecret(Construct):
    """The object that makes the Secret, if one is needed.

    Attributes:
        name: of the Secret.
    """

    def __init__(self, scope: Construct, id: str, props: CredentialsSecretProps) -> None:
        super().__init__(scope, id)
        source = props.source
        self.name = source.name
        metadata = {"name": source.name, "namespace": props.namespace}
        if isinstance(source, ExternalSecret):
            KubeObject(self, "Resource", _external(source, metadata))
        elif isinstance(source, SealedSecret):
            KubeObject(
                self,
                "Resource",
                {
                    "apiVersion": "bitnami.com/v1alpha1",
                    "kind": "SealedSecret",
                    "metadata": metadata,
                    "spec": {"encryptedData": source.encrypted, "template": {"metadata": metadata}},
                },
            )


def _external(source: ExternalSecret, metadata: dict[str, str]) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "refreshInterval": source.refresh,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": source.store},
        "target": {"name": source.name, "creationPolicy": "Owner"},
    }
    if source.properties:
        spec["data"] = [
            {"secretKey": key, "remoteRef": {"key": source.key, "property": remote}}
            for key, remote in source.properties.items()
        ]
    else:
        spec["dataFrom"] = [{"extract": {"key": source.key}}]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata,
        "spec": spec,
    }


def _is_sealed(value: str) -> bool:
    """Whether it has the form of kubeseal's output: two bytes of length, an RSA-encrypted session
    key of that length (512 bytes with the controller's 4096-bit key), and the value under it."""
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return len(raw) > 2 + 256 and int.from_bytes(raw[:2], "big") in (256, 384, 512)
