"""Makes the keys of the state store, once, and gives them to everyone who uses it.

    python store_keys.py SECRET NAMESPACE...

The first namespace's Secret is the original. It is made with random keys if there is none, and
never changed; the others are made equal to it. So a lost copy comes back, and a key that was
rotated in the original is rotated everywhere.
"""

import base64
import secrets
import sys
from http import HTTPStatus
from typing import Any, cast

from lightkube import ApiError, Client, KubeConfig
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret


def main(name: str, original: str, *copies: str) -> None:
    client: Any = cast(Any, Client)(KubeConfig.from_service_account().get())
    found = read(client, name, original)
    if found is None:
        access, secret = secrets.token_hex(10), secrets.token_urlsafe(30)
        # the two readers do not call them the same
        values = {"accessKeyID": access, "secretAccessKey": secret}
        values |= {"accesskey": access, "secretkey": secret}
        client.create(
            Secret(
                metadata=ObjectMeta(name=name, namespace=original),
                data={key: base64.b64encode(v.encode()).decode() for key, v in values.items()},
            )
        )
        found = read(client, name, original)
        print(f"made {original}/{name}")
    assert found is not None  # noqa: S101
    for namespace in copies:
        copy = read(client, name, namespace)
        if copy is None:
            metadata = ObjectMeta(name=name, namespace=namespace)
            client.create(Secret(metadata=metadata, data=found.data))
            print(f"made {namespace}/{name}")
        elif copy.data != found.data:
            copy.data = found.data
            client.replace(copy)
            print(f"corrected {namespace}/{name}")


def read(client: Any, name: str, namespace: str) -> Any:
    try:
        return client.get(Secret, name, namespace=namespace)
    except ApiError as error:
        if error.status.code == HTTPStatus.NOT_FOUND:
            return None
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
