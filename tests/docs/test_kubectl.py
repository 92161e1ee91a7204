"""Commands of kubectl, flux and helm in the documents and in advice, and what they name."""

import re

import pytest
from installed_objects import SNAPSHOTS, kinds, names_in, namespaces, of_kind, singular
from instructions import ALL, ROOT, Command, by_words, of, simple_commands
from situations import SITUATIONS
from status_world import spoilt
from world import NOW, World

from tablepromise.diagnosis import diagnose
from tablepromise.platform import versions

PLACEHOLDER = re.compile(r"^[A-Z_]+$|^team-a$")
"""Words that a reader replaces."""

TYPED = {"get", "describe", "delete", "wait", "scale", "patch", "logs", "label", "annotate"}
"""Verbs whose first argument is a type of objects, or an object."""

VALUED = {"-n", "-l", "-o", "-p", "-f", "--for", "--timeout", "--context", "--namespace"}

KUBECTL = of("kubectl")


def objects(command: Command) -> list[str]:
    """Types and names among the arguments of kubectl, without options and their values."""
    words, found = list(command.words[1:]), list[str]()
    while words:
        word = words.pop(0)
        if word in VALUED:
            words = words[1:]
        elif not word.startswith("-"):
            found.append(word)
    verb, *rest = found
    rest = rest[1:] if verb == "rollout" else rest if verb in TYPED else []
    return [word for word in rest if "=" not in word]


@pytest.mark.parametrize("command", by_words(KUBECTL))
def test_kinds_and_names_are_those_that_are_installed(command: Command) -> None:
    namespace = command.option("-n", "--namespace")
    words = objects(command)
    pairs = [word.split("/") for word in words if "/" in word]
    if words and not pairs:
        types, *names = words
        assert [kind for kind in types.split(",") if singular(kind) not in kinds()] == []
        pairs = [[types, name] for name in names]
    for kind, name in pairs:
        assert singular(kind) in kinds(), kind
        if namespace and not PLACEHOLDER.match(name):
            assert f"name: {name}\n" in names_in(namespace) or singular(kind) == "secret", name


@pytest.mark.parametrize("command", by_words([*KUBECTL, *of("flux"), *of("helm")]))
def test_namespaces_are_those_that_are_installed(command: Command) -> None:
    namespace = command.option("-n", "--namespace")
    assert namespace is None or PLACEHOLDER.match(namespace) or namespace in namespaces()


@pytest.mark.parametrize("command", by_words([*KUBECTL, *of("helm")]))
def test_files_are_in_the_repository_or_written_by_synth(command: Command) -> None:
    file = command.option("-f", "--values", "--filename")
    if file is None or file == "-":
        return
    if file.startswith("dynamodb-chart/"):  # of `helm pull`, in the line before
        assert any(c.words[:2] == ("helm", "pull") and "--untar" in c.words for c in ALL)
        return
    _is_there(file)


def _is_there(file: str) -> None:
    written = file.removeprefix("manifests/").replace("TARGET", "devex")
    assert (ROOT / file if written == file else SNAPSHOTS / written).exists(), file


@pytest.mark.parametrize(
    "command", by_words([c for c in KUBECTL if {"label", "annotate"} & {*c.words}])
)
def test_labels_and_annotations_are_ones_that_something_reads(command: Command) -> None:
    read = "".join(f.read_text() for f in (ROOT / "constructs/tablepromise").rglob("*.py"))
    pairs = [word.partition("=") for word in command.plain if "=" in word]
    assert pairs
    [promise, *_] = of_kind("Promise")
    wanted = promise["spec"]["destinationSelectors"][0]["matchLabels"]
    for key, _, value in pairs:
        group, _, name = key.rpartition("/")
        assert name in read, key
        assert group in read, key
        if command.words[2] == "destination":
            assert wanted[key] == value


def test_charts_have_the_version_that_is_pinned() -> None:
    pinned = {
        (chart.url, chart.version)
        for chart in vars(versions).values()
        if hasattr(chart, "url") and hasattr(chart, "version")
    }
    found = {(url, c.option("--version")) for c in of("helm") for url in c.words if "://" in url}
    assert found
    assert found <= pinned


# --- advice ---------------------------------------------------------------------------------------


def advice() -> set[str]:
    """What `check` and the requests' conditions say to do, in all situations that are known."""
    worlds = [World.empty(), *(spoilt(name) for name in SITUATIONS)]
    for kind in World().objects:
        worlds.append(World())
        worlds[-1].drop(kind)
    reports = [diagnose(world.snapshot(), NOW) for world in worlds]
    texts = {part.fix for report in reports for part in report.platform}
    return texts | {r.problem.next for report in reports for r in report.requests if r.problem}


ADVICE = sorted(filter(None, advice()))


def test_files_and_targets_of_advice_exist() -> None:
    targets = (ROOT / "Makefile").read_text()
    files = [file for text in ADVICE for file in re.findall(r"kubectl apply .*-f (\S+)", text)]
    assert files
    for file in files:
        _is_there(file)
    for target in {target for text in ADVICE for target in re.findall(r"\bmake (\w+)", text)}:
        # "make it", "make a Destination": a sentence, and no command
        assert re.search(rf"(?m)^{target}:", targets) or target in {"it", "sure", "a"}, target


def test_kinds_and_namespaces_of_advice_exist() -> None:
    seen = 0
    for text in ADVICE:
        for line in re.findall(r"kubectl [^;]+", text):
            # what stands behind the command in its sentence is cut off
            words = next(simple_commands(re.split(r", |: (?=[a-z])", line)[0].replace("'", "")))
            command = Command("", line, words)
            found = [word.partition("/")[0] for word in objects(command)[:1]]
            seen += len(found)
            if "logs" not in words:
                kinds_ = {kind for one in found for kind in one.split(",")}
                assert {kind for kind in kinds_ if singular(kind.lower()) not in kinds()} == set()
    assert seen > 30
