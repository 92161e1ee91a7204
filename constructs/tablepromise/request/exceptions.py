"""Exceptions of this package and of those above it, which add their own.

    TablePromiseError
    ├── RequestRejected     admission rejects a request; has the findings
    ├── InvalidManifest     a document is not YAML or JSON as kubectl reads it; has line and finding
    ├── MalformedDocument   the same inside the reader, before the source of the text is known
    ├── InvalidOption       a value that an option of a construct or target cannot have
    └── UnsupportedSchema   a schema that CUE or SimpleSchema cannot express

`except TablePromiseError` catches all of them. `InvalidOption` and `UnsupportedSchema` are also
ValueErrors.
"""

from tablepromise.request.findings import Finding, to_text


class TablePromiseError(Exception):
    """Root of all exceptions."""


class RequestRejected(TablePromiseError):
    """Admission rejects the request.

    Attributes:
        request: `namespace/name` of the request, or the parts of it that the document has.
        findings: all reasons.
    """

    def __init__(self, request: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"request {request} is rejected: {to_text(findings)}")
        self.request = request
        self.findings = findings


class InvalidManifest(TablePromiseError):
    """A document is not YAML or JSON as kubectl reads it.

    Attributes:
        source: of the text, such as a file name.
        line: in the text, from 1.
        finding: field, problem and fix.
    """

    def __init__(self, source: str, line: int, finding: Finding) -> None:
        super().__init__(
            f"{source} is not valid YAML: line {line}: {finding.path}: {finding.problem}; "
            f"{finding.fix}"
        )
        self.source = source
        self.line = line
        self.finding = finding


class MalformedDocument(TablePromiseError):
    """A document that kubectl rejects, or reads as something else than is written.

    Attributes:
        line: in the text, from 1.
        finding: field, problem and fix.
    """

    def __init__(
        self, line: int, path: str, problem: str, *, got: str = "", allowed: str, fix: str
    ) -> None:
        super().__init__(problem)
        self.line = line
        self.finding = Finding(path or "(document)", problem, got, allowed, fix, stops_rules=True)


class InvalidOption(TablePromiseError, ValueError):
    """A value that an option of a construct or target cannot have."""


class UnsupportedSchema(TablePromiseError, ValueError):
    """A schema that the language of an offer cannot express."""
