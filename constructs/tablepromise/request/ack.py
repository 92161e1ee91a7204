"""Names of ACK's Table: its API, its annotations and its tag."""

from tablepromise.request import limits

GROUP = "dynamodb.services.k8s.aws"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "Table"
REGION = "services.k8s.aws/region"
DELETION_POLICY = "services.k8s.aws/deletion-policy"
NAME_TAG = limits.ACK_TAGS[-1]
"""Tag of a table in AWS: the name of its Table object, beside ACK's own tag with the namespace."""
