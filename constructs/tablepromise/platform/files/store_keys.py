"""Creates the keys of the state store, once, and copies them to the namespaces that use them.

    python store_keys.py NAMESPACE SECRET=NAMESPACE[,NAMESPACE] ...

Each SECRET has keys of its own. The Secrets exist already, empty at first: this may not create one.
The Secret in the first NAMESPACE is the original: it gets random keys if it has none, and never
changes after that. Its copies are made equal to it.
"""

import base64
import secrets
import sys
from typing import Any

from lightkube.resources.core_v1 import Secret

from tablepromise import kubeconfig


def main(original: str, *pairs: str) -> None:
    client: Any = kubeconfig.connect(kubeconfig.load_in_cluster())
    for pair in pairs:
        name, _, copies = pair.partition("=")
        fill(client, name, original, copies.split(","))


def fill(client: Any, name: str, original: str, copies: list[str]) -> None:
    """Fills one Secret and its copies."""
    secret = client.get(Secret, name, namespace=original)
    if not secret.data:
        access, key = secrets.token_hex(10), secrets.token_urlsafe(30)
        # Kratix and Flux have different names for them
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
