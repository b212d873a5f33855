"""Deploys the stack, or deletes it (`deploy.py deploy|destroy --stack NAME`); docs/deploy.md says what it does and why.

Needs the virtual environment of SAM, which has PyYAML and boto3, and credentials as the AWS CLI finds them.
"""

import argparse
import os
import subprocess
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from deployment import RENDERED, ROOT, Refused, architecture, check_name, parameters, render, sam, sam_command

# The rings of keys that CloudFormation can't generate, and the outputs that name their secrets.
SIGNING_RINGS = {"partner-signing": "PartnerSigningSecret", "audit-signing": "AuditSigningSecret"}


def update(stack, given):
    """Deploys once."""
    text = sam.TEMPLATE.read_text()
    RENDERED.parent.mkdir(parents=True, exist_ok=True)
    # The protection alone is no new version of a function.
    stable = {name: value for name, value in given.items() if name != "DeletionProtection"}
    RENDERED.write_text(render(stable, text))
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    status = subprocess.run(sam_command(stack, given), env=environment, check=False).returncode
    if status:
        raise Refused(f"sam deploy ended with {status}; docs/upgrade.md#a-deployment-fails says how to go on")


def describe(cloudformation, stack):
    """The stack, or None if it doesn't exist."""
    try:
        return cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def create(cloudformation, stack, given):
    """A create that fails is rolled back, which deletes the tables, so they are protected only afterwards."""
    print(f"create {stack}, its tables not yet protected")
    update(stack, given | {"DeletionProtection": "false"})
    protect(cloudformation, stack)
    if given["DeletionProtection"] == "true":
        print("protect the tables")
        update(stack, given | {"DeletionProtection": "true"})


def protect(cloudformation, stack):
    """What no template can say."""
    policy = (ROOT / "infra/stack-policy.json").read_text()
    cloudformation.set_stack_policy(StackName=stack, StackPolicyBody=policy)
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)


def deploy(arguments):
    template = sam.read()
    given = parameters(arguments.parameters, template, architecture(template))
    cloudformation = boto3.client("cloudformation")
    found = describe(cloudformation, arguments.stack)
    status = found["StackStatus"] if found else None
    if status == "ROLLBACK_COMPLETE":
        print(f"delete {arguments.stack}, whose create was rolled back: nothing is left in it")
        cloudformation.delete_stack(StackName=arguments.stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=arguments.stack)
        found = None
    elif status and (status.endswith("FAILED") or status.endswith("IN_PROGRESS")) and status != "REVIEW_IN_PROGRESS":
        raise Refused(f"{arguments.stack} is in {status}; docs/upgrade.md#a-deployment-fails says how to go on")
    if found and status != "REVIEW_IN_PROGRESS":
        update(arguments.stack, given)
        protect(cloudformation, arguments.stack)
    else:
        check_name(arguments.stack, template)
        create(cloudformation, arguments.stack, given)


def retained(cloudformation, stack):
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    declared = sam.read()["Resources"]
    for page in pages:
        for resource in page["StackResourceSummaries"]:
            policy = declared.get(resource["LogicalResourceId"], {}).get("DeletionPolicy", "Delete")
            if policy != "Delete":
                yield f"{resource['ResourceType']} {resource.get('PhysicalResourceId')}"


def destroy(arguments):
    stack = arguments.stack
    cloudformation = boto3.client("cloudformation")
    if describe(cloudformation, stack) is None:
        raise Refused(f"stack {stack} not found in this region and account")
    print(f"This deletes {stack}: API, functions, codes, logs and alarms. These stay, and cost something:")
    for name in retained(cloudformation, stack):
        print(f"  {name}")
    print("docs/upgrade.md#delete-a-stack says how to delete them, or to adopt them into a new stack.")
    try:
        answer = input("Type the stack's name to delete it: ")
    except EOFError:
        answer = ""
    if answer != stack:
        raise Refused("nothing was changed")
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def empty_rings(arguments):
    """Prints the rings of signing keys whose secrets have no value; CloudFormation makes them empty."""
    outputs = (describe(boto3.client("cloudformation"), arguments.stack) or {}).get("Outputs", [])
    secrets = {it["OutputKey"]: it["OutputValue"] for it in outputs}
    for ring, output in SIGNING_RINGS.items():
        if output not in secrets:
            raise Refused(f"stack {arguments.stack} has no output {output}")
        described = boto3.client("secretsmanager").describe_secret(SecretId=secrets[output])
        if not any("AWSCURRENT" in stages for stages in described.get("VersionIdsToStages", {}).values()):
            print(ring)


def main():
    parser = argparse.ArgumentParser(description="Deploys the stack, or deletes it")
    parser.add_argument("action", choices=["deploy", "destroy", "empty-rings"])
    parser.add_argument("--stack", required=True)
    parser.add_argument("--parameters", default="infra/parameters.yaml")
    arguments = parser.parse_args()
    try:
        {"deploy": deploy, "destroy": destroy, "empty-rings": empty_rings}[arguments.action](arguments)
    except (Refused, BotoCoreError, ClientError) as error:
        sys.exit(f"deploy.py: {error}")


if __name__ == "__main__":
    main()
