"""LocalStack: the emulator whose DynamoDB is AWS's own local engine."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.emulator import Server, ServerProps


@dataclass(frozen=True, kw_only=True)
class LocalStackProps:
    """What LocalStack may be told.

    Attributes:
        image: default: the pinned one, the last that starts without a token.
        users: namespaces whose pods call it; default: none.
    """

    image: str = versions.LOCALSTACK_IMAGE
    users: tuple[str, ...] = ()


class LocalStack(Construct):
    """LocalStack with the services that ACK's DynamoDB controller calls.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    ACCOUNT_ID = "000000000000"

    def __init__(self, scope: Construct, id: str, props: LocalStackProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or LocalStackProps()
        server = Server(
            self,
            "Server",
            ServerProps(
                name="localstack",
                image=props.image,
                users=props.users,
                port=4566,
                health="/_localstack/health",
                start_file="localstack_start.py",
                # of the stages only this one runs Python files in LocalStack's own process
                start_folder="/etc/localstack/init/start.d",
                memory_limit="2Gi",
                environment={
                    # streams by the engine itself: the other way fetches a program from npm first
                    "PROVIDER_OVERRIDE_DYNAMODB": "v2",
                    "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "v2",
                    # without kms a table with a key of its own is made, and then reported as failed
                    "SERVICES": "dynamodb,dynamodbstreams,kms,sts",
                    # else the first call waits for the engine to start, and ACK gives up
                    "EAGER_SERVICE_LOADING": "1",
                    "DYNAMODB_IN_MEMORY": "1",
                    "DISABLE_EVENTS": "1",
                    "SKIP_SSL_CERT_DOWNLOAD": "1",
                    "DNS_ADDRESS": "0",
                    "HOME": "/tmp",  # noqa: S108  an emptyDir of the pod
                    "GATEWAY_LISTEN": "0.0.0.0:4566",
                },
                writable=("/tmp", "/var/lib/localstack"),  # noqa: S108  emptyDirs of the pod
            ),
        )
        self.url = server.url
