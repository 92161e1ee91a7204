"""Compares the table in DynamoDB with the Table that a request renders to, field by field.

DynamoDB itself is called for each part that `DescribeTable` does not report. Neither the Table's
status nor the status of the request is read.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

import requests
from botocore.exceptions import ClientError

from tablepromise.request import TableRequest, render

CONTROLLER_TAGS = ("services.k8s.aws/", "aws:")
"""Prefixes of the tags that ACK's controller and AWS set themselves."""


class Window(NamedTuple):
    """A time in which a request was Ready and its table was another than the request describes.

    Attributes:
        request: its namespace and name.
        time: of the request's `Ready` condition.
        wrong: the fields that differed.
    """

    request: str
    time: str
    wrong: list[str]


class Referee:
    """Watches all requests, and compares each that is Ready with DynamoDB, at each change.

    Args:
        url: of the API server, without authentication (`kubectl proxy`).
        path: of the requests, in all namespaces.
        client: boto3's client of a region; called in the referee's own thread.

    Attributes:
        compared: how many changes of a status that said Ready were compared.
        windows: those that were false.
        error: what ended the watch; None while it goes on.
    """

    def __init__(self, url: str, path: str, client: Callable[[str], Any]) -> None:
        self._url, self._client = url + path, client
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stop = threading.Event()
        self._clients: dict[str, Any] = {}
        self.compared = 0
        self.windows: list[Window] = []
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    def judge(self, request: dict[str, Any]) -> None:
        """Compare the table of one request, if the request says that it is Ready."""
        metadata, status = request["metadata"], request.get("status", {})
        conditions: dict[str, Any] = {one["type"]: one for one in status.get("conditions", ())}
        ready = conditions.get("Ready", {})
        current = status.get("checkedGeneration") == metadata["generation"]
        if ready.get("status") != "True" or not current or metadata.get("deletionTimestamp"):
            return
        region = request["spec"]["region"]
        if region not in self._clients:
            self._clients[region] = self._client(region)
        wrong = differences(self._clients[region], render(TableRequest.of(request)))
        self.compared += 1
        if wrong:
            name = f"{metadata['namespace']}/{metadata['name']}"
            self.windows.append(Window(name, ready["lastTransitionTime"], wrong))

    def _run(self) -> None:
        try:
            version = ""
            with requests.Session() as session:
                session.trust_env = False
                while not self._stop.is_set():
                    version = self._watch(session, version)
        except BaseException as error:
            self.error = error
            raise

    def _watch(self, session: requests.Session, version: str) -> str:
        """Watch for some seconds from a version on; return the version to go on from."""
        if not version:
            listed = session.get(self._url, timeout=30).json()
            for request in listed.get("items", ()):
                self.judge(request)
            version = listed.get("metadata", {}).get("resourceVersion", "")
            if not version:  # the API is not served at the moment
                self._stop.wait(1)
                return ""
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": "5"}
        with session.get(self._url, params=query, stream=True, timeout=30) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return ""
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "DELETED":
                    self.judge(event["object"])
        return version


def differences(
    client: Any, table: dict[str, Any], without: Collection[str] = frozenset()
) -> list[str]:
    """Return the fields in which the table is not as the Table's spec says.

    Args:
        client: boto3's client of the table's region.
        table: the rendered Table.
        without: fields that this DynamoDB does not have or does not report.
    """
    spec: dict[str, Any] = table["spec"]
    name = spec["tableName"]
    try:
        described = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return ["there is no table"]
    try:
        return [
            f"{field}: {wanted!r} in the Table, {actual!r} in DynamoDB"
            for field, wanted, actual in (
                *_described(spec, described),
                *_beside(client, spec, without),
            )
            if wanted != actual and field.partition(".")[0] not in without
        ]
    except client.exceptions.ResourceNotFoundException:
        return ["there is no table"]


def _described(spec: dict[str, Any], description: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what DescribeTable reports: a field, the wanted value, the actual one."""
    yield "tableStatus", "ACTIVE", description["TableStatus"]
    yield "keySchema", _key(spec["keySchema"]), _key(description["KeySchema"])
    yield (
        "attributeDefinitions",
        {a["attributeName"]: a["attributeType"] for a in spec["attributeDefinitions"]},
        {a["AttributeName"]: a["AttributeType"] for a in description["AttributeDefinitions"]},
    )
    billing = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    yield "billingMode", spec["billingMode"], billing
    provisioned = billing == "PROVISIONED"
    if provisioned:
        yield "provisionedThroughput", _capacity(spec), _capacity(description)
    if "OnDemandThroughput" in description or not provisioned:
        yield "onDemandThroughput", _limits(spec), _limits(description)
    for kind, field in (("Global", "globalSecondaryIndexes"), ("Local", "localSecondaryIndexes")):
        wanted = {i["indexName"]: i for i in spec.get(field, ())}
        actual = {i["IndexName"]: i for i in description.get(f"{kind}SecondaryIndexes", ())}
        yield field, sorted(wanted), sorted(actual)
        for name in wanted.keys() & actual.keys():
            yield f"{field}[{name}]", _index(wanted[name]), _index(actual[name])
            if kind == "Global":
                yield f"{field}[{name}].status", "ACTIVE", actual[name]["IndexStatus"]
                if provisioned:
                    yield (
                        f"{field}[{name}].capacity",
                        _capacity(wanted[name]),
                        _capacity(actual[name]),
                    )
    stream, live = spec.get("streamSpecification", {}), description.get("StreamSpecification", {})
    view = live.get("StreamViewType") if live.get("StreamEnabled") else None
    yield "streamSpecification", stream.get("streamViewType"), view
    key, sse = spec["sseSpecification"], description.get("SSEDescription", {})
    yield "sseSpecification.enabled", key["enabled"], sse.get("Status") == "ENABLED"
    if key.get("kmsMasterKeyID"):
        arn = sse.get("KMSMasterKeyArn", "")
        yield "sseSpecification.kmsMasterKeyID", True, arn.endswith(key["kmsMasterKeyID"])
    klass = description.get("TableClassSummary", {}).get("TableClass", "STANDARD")
    yield "tableClass", spec["tableClass"], klass
    protected = description.get("DeletionProtectionEnabled", False)
    yield "deletionProtectionEnabled", spec["deletionProtectionEnabled"], protected


def _beside(
    client: Any, spec: dict[str, Any], without: Collection[str]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield what other operations report."""
    name = spec["tableName"]
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    on = ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    wanted = spec.get("timeToLive", {"enabled": False})
    yield (
        "timeToLive",
        wanted["attributeName"] if wanted["enabled"] else None,
        ttl.get("AttributeName") if on else None,
    )
    if "continuousBackups" not in without:
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        wanted_recovery = spec["continuousBackups"]["pointInTimeRecoveryEnabled"]
        yield "continuousBackups", wanted_recovery, status == "ENABLED"
    if "tags" not in without:
        pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        tags = [tag for page in pages for tag in page.get("Tags", ())]
        yield (
            "tags",
            sorted((tag["key"], tag["value"]) for tag in spec.get("tags", ())),
            sorted(
                (tag["Key"], tag["Value"])
                for tag in tags
                if not tag["Key"].startswith(CONTROLLER_TAGS)
            ),
        )
    if "resourcePolicy" not in without:
        yield "resourcePolicy", _policy(spec.get("resourcePolicy")), _live_policy(client, arn)
    wanted_insights = spec.get("contributorInsights")
    if wanted_insights and "contributorInsights" not in without:
        insights = client.describe_contributor_insights(TableName=name)
        yield "contributorInsights", wanted_insights, insights["ContributorInsightsStatus"]


def _key(elements: list[dict[str, str]]) -> list[tuple[str, str]]:
    lowered = [{k.lower(): v for k, v in element.items()} for element in elements]
    return [(element["attributename"], element["keytype"]) for element in lowered]


def _index(index: dict[str, Any]) -> tuple[Any, ...]:
    own: dict[str, Any] = {name[0].lower() + name[1:]: value for name, value in index.items()}
    projection: dict[str, Any] = {
        name[0].lower() + name[1:]: v for name, v in own["projection"].items()
    }
    attributes: list[str] = sorted(projection.get("nonKeyAttributes", ()))
    return _key(own["keySchema"]), projection["projectionType"], attributes


def _capacity(part: dict[str, Any]) -> tuple[Any, ...]:
    own: dict[str, Any] = (
        part.get("provisionedThroughput") or part.get("ProvisionedThroughput") or {}
    )
    lowered = {name.lower(): value for name, value in own.items()}
    return lowered.get("readcapacityunits"), lowered.get("writecapacityunits")


def _limits(part: dict[str, Any]) -> tuple[int, int]:
    own: dict[str, Any] = part.get("onDemandThroughput") or part.get("OnDemandThroughput") or {}
    lowered = {name.lower(): value for name, value in own.items()}
    # DynamoDB reports no limit as -1
    return lowered.get("maxreadrequestunits", -1), lowered.get("maxwriterequestunits", -1)


def _policy(text: str | None) -> Any:
    return json.loads(text) if text else None


def _live_policy(client: Any, arn: str) -> Any:
    try:
        return _policy(client.get_resource_policy(ResourceArn=arn)["Policy"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "PolicyNotFoundException":
            return None
        raise
