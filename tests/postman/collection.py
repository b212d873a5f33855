"""collection.py DESCRIPTION prints a Postman collection: the four flows, each request with what the answers before it gave."""

import json
import sys

from ruamel.yaml import YAML

# The flows in order; what a request takes from its answer: variable, path in the JSON.
FLOWS = {
    "Patient sign-in by one-time code": [
        ("sendPortalOtp", {}),
        ("LOCAL", {}),
        ("verifyPortalOtp", {"accessToken": "accessToken", "refreshToken": "refreshToken"}),
        ("getPortalUser", {}),
        ("refreshPortalSession", {"accessToken": "accessToken", "refreshToken": "refreshToken"}),
        ("endPortalSession", {}),
    ],
    "Partner integration": [("issuePartnerToken", {"partnerToken": "data.accessToken"}), ("validatePartnerToken", {}), ("getPartnerKeys", {})],
    "Password login": [("logInPasswordUser", {"passwordToken": "token"}), ("getPasswordAccount", {}), ("logOutPasswordUser", {})],
    "Identity provider": [("signInSsoUser", {"ssoToken": "access_token"}), ("getSsoUser", {}), ("signOutSsoUser", {})],
}
# What stands for an example of the description.
CHAINED = {"code": "code", "refresh_token": "refreshToken", "access_token": "ssoToken"}
SCHEMES = {"portalApiKey": "apiKey", "ssoClientToken": "ssoClientToken", "portalAccessToken": "accessToken", "partnerToken": "partnerToken", "passwordToken": "passwordToken"}
VARIABLES = {
    "baseUrl": "http://127.0.0.1:9000",
    "console": "http://127.0.0.1:9001",
    "apiKey": "demo-portal-key",
    "ssoClientToken": "demo-client-token",
}
# The local stack's inbox stands for the patient; elsewhere, set the variable `code` by hand and skip this request.
INBOX = [
    "const found = /\\b[0-9]{6}\\b/.exec(pm.response.text());",
    "const looks = Number(pm.collectionVariables.get('looks') || 0);",
    "if (!found && looks < 100) {",
    "  pm.collectionVariables.set('looks', looks + 1);",
    "  pm.execution.setNextRequest(pm.info.requestName);",
    "} else {",
    "  pm.collectionVariables.set('looks', 0);",
    "  pm.test('the code was sent', () => pm.expect(found).not.to.equal(null));",
    "  if (found) pm.collectionVariables.set('code', found[0]);",
    "}",
]


def script(lines, listen="test"):
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


class Collection:
    def __init__(self, document):
        self.document = document
        self.variables = dict(VARIABLES)

    def followed(self, value):
        while "$ref" in value:
            name, value = value["$ref"], self.document
            for step in name.removeprefix("#/").split("/"):
                value = value[step]
        return value

    def operation(self, name):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post") and operation["operationId"] == name:
                    parameters = [self.followed(one) for one in item.get("parameters", []) + operation.get("parameters", [])]
                    return method.upper(), path, operation, parameters
        raise KeyError(name)

    def variable(self, name, example):
        """The variable of a parameter, whose first value is its example."""
        name = CHAINED.get(name, name)
        if name not in CHAINED.values():
            self.variables.setdefault(name, str(example))
        return "{{" + name + "}}"

    def request(self, name, captured):
        method, path, operation, parameters = self.operation(name)
        headers = []
        for parameter in parameters:
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", self.variable(parameter["name"], parameter["example"]))
            elif parameter["name"] == "Idempotency-Key":
                headers.append({"key": "Idempotency-Key", "value": "{{$guid}}"})
            elif parameter.get("required"):
                headers.append({"key": parameter["name"], "value": self.variable(parameter["name"], parameter["example"])})
        for scheme in (operation["security"] or [{}])[0]:
            definition = self.document["components"]["securitySchemes"][scheme]
            value = "{{" + SCHEMES[scheme] + "}}"
            bearer = definition["type"] == "http"
            headers.append({"key": "Authorization" if bearer else definition["name"], "value": f"Bearer {value}" if bearer else value})
        request = {"method": method, "header": headers, "url": "{{baseUrl}}" + path, "description": operation["description"]}
        if "requestBody" in operation:
            request["body"] = self.body(self.followed(operation["requestBody"]))
            if request["body"]["mode"] == "raw":
                headers.append({"key": "Content-Type", "value": "application/json"})
        success = next(int(status) for status in operation["responses"] if status.startswith("2"))
        checks = [f"pm.test('{success}', () => pm.response.to.have.status({success}));"]
        checks += [f"pm.collectionVariables.set('{variable}', pm.response.json().{place});" for variable, place in captured.items()]
        return {"name": operation["summary"], "event": [script(checks)], "request": request}

    def body(self, body):
        kind, content = next(iter(body["content"].items()))
        example = dict(next(iter(content["examples"].values()))["value"])
        for name in example.keys() & CHAINED.keys():
            example[name] = "{{" + CHAINED[name] + "}}"
        if kind == "application/json":
            return {"mode": "raw", "raw": json.dumps(example, indent=2), "options": {"raw": {"language": "json"}}}
        return {"mode": "urlencoded", "urlencoded": [{"key": key, "value": value} for key, value in example.items()]}

    def whole(self):
        folders = []
        for flow, requests in FLOWS.items():
            items = []
            for name, captured in requests:
                if name == "LOCAL":
                    wait = script(["setTimeout(() => {}, 100);"], "prerequest")
                    request = {"method": "GET", "header": [], "url": "{{console}}/messages"}
                    items.append({"name": "Local stack: read the code from the inbox", "event": [wait, script(INBOX)], "request": request})
                else:
                    items.append(self.request(name, captured))
            folders.append({"name": flow, "item": items})
        info = self.document["info"]
        return {
            "info": {
                "name": f"{info['title']} {info['version']}",
                "description": "Made of infra/openapi.yaml by tests/postman/collection.py. The variables are those of the local stack. Run a folder from its beginning: each request takes what the answers before it gave.",
                "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            },
            "item": folders,
            "variable": [{"key": key, "value": value} for key, value in self.variables.items()],
        }


with open(sys.argv[1], encoding="utf-8") as file:
    json.dump(Collection(YAML(typ="safe").load(file)).whole(), sys.stdout, indent=2, ensure_ascii=False)
print()
