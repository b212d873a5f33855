"""AWS on loopback: moto, with what CloudFormation does to a template of SAM, and the types that moto lacks."""

import json
import logging
import threading
import traceback
import urllib.request
from io import BytesIO
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
from moto.cloudformation import parsing
from moto.cloudformation.models import ChangeSet, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.iam.models import Role
from moto.server import DomainDispatcherApplication, create_backend_app
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from werkzeug.serving import make_server

from emulator import made

REGION = "us-east-1"


class Transforming:
    """In front of moto: a template with a transform reaches it transformed."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environment, start):
        if environment["REQUEST_METHOD"] == "POST" and "urlencoded" in environment.get("CONTENT_TYPE", ""):
            body = environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"]))
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            if fields.get("Action") in ("CreateChangeSet", "CreateStack", "UpdateStack"):
                body = urlencode(self.transformed(fields)).encode()
            environment |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            return self.application(environment, start)
        except NotImplementedError:
            code = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code></Error></ErrorResponse>"
            start("400 Bad Request", [("Content-Type", "text/xml"), ("x-amzn-errortype", "UnknownOperationException")])
            return [code.encode()]
        except Exception:
            # werkzeug says which one to the caller only.
            traceback.print_exc()
            raise

    def transformed(self, fields):
        text = fields.get("TemplateBody")
        if url := fields.get("TemplateURL"):
            bucket, _, key = urlsplit(url).path.lstrip("/").partition("/")
            text = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        template = yaml_parse(text)
        if "Transform" not in template:
            return fields
        given = {
            value: fields[name.replace("ParameterKey", "ParameterValue")]
            for name, value in fields.items()
            if name.endswith(".ParameterKey")
        }
        translated = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION)).translate(template, given)
        for resource in translated["Resources"].values():
            # moto knows no other policy that retains; a create that fails isn't tried here.
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"
        return {name: value for name, value in fields.items() if name != "TemplateURL"} | {
            "TemplateBody": json.dumps(translated)
        }


def apply(change_set):
    change_set.stack.update(change_set.template, change_set.role_arn, change_set.parameters, change_set.tags)


def update_termination_protection(response):
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def build_resource_diff(resources, template, parameters=None):
    found = moto_diff(resources, template, parameters)
    kinds = {kind.cloudformation_type() for kind in made.Made.__subclasses__()}
    both = resources.resources & template["Resources"].keys()
    found["Modify"] += [it for it in both - {*found["Modify"]} if template["Resources"][it]["Type"] in kinds]
    return found


def parse_and_update_resource(id, resource, resources, **place):
    return moto_update(id, resource, resources, **place) or resources[id]


# Of a type that moto can't change, the resource would be gone from the stack, and what a condition leaves out would be in it.
moto_update = parsing.parse_and_update_resource
parsing.parse_and_update_resource = parse_and_update_resource
Stack.stack_resources = property(lambda stack: [it for it in stack.resource_map.values() if it is not None])
# moto sees no change of a parameter that only a condition names, so whatever `made` makes is changed with every update.
moto_diff = ResourceMap.build_resource_diff
ResourceMap.build_resource_diff = build_resource_diff
def delete_role(role, account_id, region_name):
    iam = client("iam")
    for policy in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role.name, PolicyArn=policy["PolicyArn"])
    Role.delete_from_cloudformation_json(role.name, {}, account_id, region_name)


# CloudFormation detaches a role's policies before it deletes the role; moto's refuses.
Role.delete = delete_role
def output(stack, name):
    return next(it["OutputValue"] for it in stack.outputs or [] if f"Outputs.{it['OutputKey']}" == name)


# moto's own leaves a stack that a change set made without its outputs, a nested stack without its ARN and without attributes,
# and knows of no change of termination protection.
ChangeSet.apply = apply
Stack.get_cfn_attribute = output
Stack.has_cfn_attr = classmethod(lambda stack, attribute: attribute.startswith("Outputs."))
Stack.physical_resource_id = property(lambda stack: stack.stack_id)
CloudFormationResponse.update_termination_protection = update_termination_protection


def backend(service):
    application = create_backend_app(service)
    # What moto lacks reaches `Transforming` instead of becoming a page about an internal error.
    application.config["PROPAGATE_EXCEPTIONS"] = True
    return application


def serve():
    """A server on a free port of loopback."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, Transforming(DomainDispatcherApplication(backend)), threaded=True)
    # moto reads nested templates from this name alone.
    made.ENDPOINT["url"] = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return {
        "AWS_ENDPOINT_URL": made.ENDPOINT["url"], "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    }  # fmt: skip


def client(service):
    return made.client(service, REGION)


def reset():
    """An empty account."""
    urllib.request.urlopen(urllib.request.Request(made.ENDPOINT["url"] + "/moto-api/reset", method="POST")).close()
