"""moto: the lighter emulator, and the one that current ACK gets on with best."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.emulator import Server, ServerProps


@dataclass(frozen=True, kw_only=True)
class MotoProps:
    """What moto may be told.

    Attributes:
        image: default: the pinned one.
        users: namespaces whose pods call it; default: none.
    """

    image: str = versions.MOTO_IMAGE
    users: tuple[str, ...] = ()


class Moto(Construct):
    """moto's server.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    ACCOUNT_ID = "123456789012"

    def __init__(self, scope: Construct, id: str, props: MotoProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or MotoProps()
        start = "/etc/moto"
        server = Server(
            self,
            "Server",
            ServerProps(
                name="moto",
                image=props.image,
                users=props.users,
                port=5000,
                health="/moto-api/data.json",
                start_file="moto_start.py",
                start_folder=start,
                arguments=("python", f"{start}/moto_start.py", "-H", "0.0.0.0", "-p", "5000"),  # noqa: S104
                memory_limit="512Mi",
            ),
        )
        self.url = server.url
