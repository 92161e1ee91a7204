"""Charts: one per place that objects land."""

import cdk8s
from constructs import Construct

from tablepromise.offers import Promise, PromiseProps


class PromisesChart(cdk8s.Chart):
    """What the platform team offers, on the platform cluster."""

    def __init__(self, scope: Construct, id: str, props: PromiseProps | None = None) -> None:
        super().__init__(scope, id)
        self.promise = Promise(self, "DynamoDB", props)
