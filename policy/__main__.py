"""What `pulumi up --policy-pack policy` runs."""

from pulumi_policy import EnforcementLevel, PolicyPack

from infra.stack.policies import POLICIES

PolicyPack("tablepromise", enforcement_level=EnforcementLevel.MANDATORY, policies=[*POLICIES])
