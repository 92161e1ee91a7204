"""The policy pack of `pulumi up --policy-pack policy`."""

from pulumi_policy import EnforcementLevel, PolicyPack

from infra.stack.policies import POLICIES

PolicyPack("tablepromise", enforcement_level=EnforcementLevel.MANDATORY, policies=[*POLICIES])
