"""Makes the keys of the state store, once, and gives them to everyone who uses it.

    python store_keys.py SECRET NAMESPACE...

The Secrets are there, empty at first: to make one is more than this may do. The first namespace's
is the original. It gets random keys if it has none, and is never changed after; the others are made
equal to it.
"""

import base64
import secrets
import sys
from typing import Any

from lightkube.resources.core_v1 import Secret

from tablepromise import kubeconfig


def main(name: str, original: str, *copies: str) -> None:
    client: Any = kubeconfig.connect(kubeconfig.pod())
    secret = client.get(Secret, name, namespace=original)
    if not secret.data:
        access, key = secrets.token_hex(10), secrets.token_urlsafe(30)
        # the two readers do not call them the same
        values = {"accessKeyID": access, "secretAccessKey": key}
        values |= {"accesskey": access, "secretkey": key}
        secret.data = {k: base64.b64encode(v.encode()).decode() for k, v in values.items()}
        client.replace(secret)
        print(f"filled {original}/{name}")
    for namespace in copies:
        copy = client.get(Secret, name, namespace=namespace)
        if copy.data != secret.data:
            copy.data = secret.data
            client.replace(copy)
            print(f"filled {namespace}/{name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
