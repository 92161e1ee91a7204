"""`try` and `check` at an endpoint that is no DynamoDB, or does not answer: words, and soon."""

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from broken import ANSWERS
from click.testing import CliRunner, Result
from loopback import Handler, served

from tablepromise.cli.live_tables import LiveTables
from tablepromise.cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/requests/simple-users-table.yaml"
JSON = "application/x-amz-json-1.0"

BODIES = {
    "no object": b"[]",
    "null": b"null",
    "another object": b'{"hello": "world"}',
    "no UTF-8": b"\xff",
    "a table that is none": b'{"Table": 5}',
    "a table without anything": b'{"Table": {"TableStatus": "ACTIVE"}}',
    "a table of other types": b'{"Table": {"TableStatus": "ACTIVE", "KeySchema": "x"}}',
}


def run(command: str) -> Result:
    return CliRunner().invoke(main, shlex.split(command))


def at(answer: Callable[[Handler], None], command: str) -> Result:
    with served(type("Broken", (Handler,), {"do_POST": answer})) as url:
        return run(f"{command} --endpoint {url}")


def assert_words(result: Result) -> None:
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert "request default/simple-users-table: dynamodb:\n  " in result.stderr
    assert result.stderr.endswith("1 of 1 failed\n")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the endpoint may take time."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_broken_answer_is_said_in_words(name: str) -> None:
    assert_words(at(ANSWERS[name], f"try {EXAMPLE} --timeout 5"))


@pytest.mark.parametrize("name", BODIES)
def test_json_that_no_dynamodb_sends_is_said_in_words(name: str) -> None:
    result = at(lambda handler: handler.reply(200, BODIES[name], JSON), f"try {EXAMPLE}")
    assert_words(result)
    assert "not answer as DynamoDB" in result.stderr or "does not describe it" in result.stderr


def test_html_is_said_to_be_no_dynamodb() -> None:
    result = at(ANSWERS["HTML with 200"], f"try {EXAMPLE}")
    assert "does not answer as DynamoDB does" in result.stderr


def hang(handler: Handler) -> None:
    time.sleep(20)
    handler.close_connection = True


def trickle(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.2)
    except OSError:
        handler.close_connection = True  # nobody reads any more


@pytest.mark.parametrize("answer", [hang, trickle])
def test_an_endpoint_that_does_not_answer_is_left_after_the_timeout(
    answer: Callable[[Handler], None],
) -> None:
    began = time.monotonic()
    result = at(answer, f"try {EXAMPLE.parent} --timeout 1")
    assert time.monotonic() - began < 10  # once, and not once for each of five requests
    assert result.exit_code == 1
    assert result.stderr.count("gave no answer in 1 s") == 5
    assert result.stderr.endswith("5 of 5 failed\n")


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan", "inf"])
@pytest.mark.parametrize("option", ["try --timeout", "check --interval"])
def test_a_time_is_a_number_of_seconds(option: str, value: str) -> None:
    assert run(f"{option} {value}").exit_code == 2


@pytest.mark.parametrize(
    "url",
    [
        *("", "http", "http:", "http://", "https://", "http:///x", "http://:80", "localhost:4566"),
        *("http://a:x", "http://a:99999", "http://a:0", "http://[::1", "http://a b", "ftp://a"),
        *("http://a?b=c", "http://a#b", "http://a\n", "http://\u00e4", "http://u:p@a"),
    ],
)
@pytest.mark.parametrize("command", ["try", "check", "trace x"])
def test_an_endpoint_is_a_url_with_a_host(url: str, command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--endpoint", url])
    assert result.exit_code == 2, result.output
    assert "allowed: a URL such as http://localhost:4566" in " ".join(result.stderr.split())


def test_a_broken_answer_of_dynamodb_is_a_description_of_check() -> None:
    for body in BODIES.values():

        class Broken(Handler):
            def do_POST(self, body: bytes = body) -> None:
                self.reply(200, body, JSON)

        with served(Broken) as url:
            tables = LiveTables(url)
            [described] = tables.describe([("us-east-1", "orders")]).values()
            tables.close()
        assert described.error or described.status == "ACTIVE"


# --- the user's AWS configuration -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[profile mine]\nregion = eu-west-1\n", "or set it to mine"),
        ("[profile absent]\ncredential_process = no-such-program\n", "no-such-program"),
        ("[profile absent]\ncredential_process = echo nonsense\n", "cannot use the AWS config"),
        ("no section\n", "Unable to parse config file"),
    ],
)
def test_an_aws_profile_that_cannot_be_used(
    config: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(config)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "absent")
    result = run("try --endpoint http://127.0.0.1:9")
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: cannot use the AWS configuration: ")
    assert "unset AWS_PROFILE" in result.stderr
    assert words in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CA_BUNDLE", "/no/such/file"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "never"),
        ("HTTP_PROXY", "nonsense"),
    ],
)
def test_other_settings_that_cannot_be_used(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    result = run(f"try {EXAMPLE} --endpoint http://127.0.0.1:9 -o json")
    assert isinstance(result.exception, SystemExit), result.exception
    assert json.loads(result.stdout)["requests"][0]["failed_at"] == "dynamodb"
