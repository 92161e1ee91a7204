"""Credentials: an IAM role, an emulator, or a Secret by its name.

A Secret is one of

- `ExistingSecret`: it exists, or is created outside;
- `ExternalSecret`: the External Secrets Operator copies it from a vault;
- `SealedSecret`: the Sealed Secrets controller decrypts it in the cluster.

None of them has a field for a plain value, so no manifest has one.
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
    """A Secret that exists, or is created outside.

    Attributes:
        name: of the Secret, in the namespace of its user.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class ExternalSecret:
    """A Secret that the External Secrets Operator reconciles.

    Attributes:
        name: of the Secret.
        store: name of the ClusterSecretStore.
        key: of the entry in the vault.
        properties: the Secret's keys, each with the property of the entry; default: all
            properties, by their own names.
        refresh: interval of reading the vault; default: 1h.
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
        name: of the Secret; a sealed value is only for one name and namespace.
        encrypted: the Secret's keys, each with the output of `kubeseal` for its value.

    Raises:
        ValueError: a value cannot be output of kubeseal, so it may be plain text.
    """

    name: str
    encrypted: dict[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        for key, value in self.encrypted.items():
            if not _is_sealed(value):
                raise ValueError(
                    f"key {key} of SealedSecret {self.name} is not sealed, allowed: the "
                    "output of `kubeseal`; seal the value, and rotate the credential everywhere it "
                    "was in plain text"
                )


Secret = ExistingSecret | ExternalSecret | SealedSecret


@dataclass(frozen=True, kw_only=True)
class IamRole:
    """An IAM role for a ServiceAccount (IRSA): there are no credentials to store.

    Attributes:
        arn: of the role.

    Raises:
        ValueError: it is not the ARN of a role.
    """

    arn: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/.+", self.arn):
            raise ValueError(
                f"arn is not the ARN of a role: got {self.arn!r}, allowed: "
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
    """Options of `CredentialsSecret`.

    Attributes:
        namespace: of the Secret.
        source: of its values.
    """

    namespace: str
    source: Secret


class CredentialsSecret(Construct):
    """The object from which the Secret is created, if one is needed.

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
    """Whether a value has the form of kubeseal's output: two bytes of length, an RSA-encrypted
    session key of that length (512 bytes with the controller's 4096-bit key), and the value under
    it."""
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return len(raw) > 2 + 256 and int.from_bytes(raw[:2], "big") in (256, 384, 512)
