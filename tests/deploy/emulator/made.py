"""Types of infra/template.yaml that moto's CloudFormation lacks, made by calls of the service, which moto has."""

import boto3
from moto.core.common_models import CloudFormationModel

ENDPOINT = {}


def client(service, region):
    return boto3.client(service, region_name=region, endpoint_url=ENDPOINT["url"], aws_access_key_id="testing", aws_secret_access_key="testing")


class Made:
    """A resource with its physical id. Each kind says how it is made, changed and deleted. moto finds direct subclasses alone."""

    def __init__(self, physical, attributes=None):
        self.physical_resource_id = physical
        self.attributes = attributes or {}

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, name):
        return self.attributes[name]

    def is_created(self):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = cls.make(resource_name, cloudformation_json["Properties"], region_name)
        made.properties = cloudformation_json["Properties"]
        return made

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        cls.change(original_resource.physical_resource_id, cloudformation_json["Properties"], region_name)
        return original_resource

    def delete(self, account_id, region_name):
        self.remove(self.physical_resource_id, self.properties, region_name)

    @classmethod
    def change(cls, physical, properties, region):
        pass


class Table(Made, CloudFormationModel):
    """moto's changes nothing of a table that is there."""

    @staticmethod
    def cloudformation_type():
        return "AWS::DynamoDB::Table"

    @classmethod
    def make(cls, name, properties, region):
        dynamodb = client("dynamodb", region)
        kept = ("AttributeDefinitions", "KeySchema", "BillingMode")
        options = {it: properties[it] for it in kept}
        options["SSESpecification"] = {"Enabled": properties["SSESpecification"]["SSEEnabled"]}
        options["DeletionProtectionEnabled"] = properties.get("DeletionProtectionEnabled", False)
        if stream := properties.get("StreamSpecification"):
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
        table = dynamodb.create_table(TableName=name, **options)["TableDescription"]
        if recovery := properties.get("PointInTimeRecoverySpecification"):
            dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
        if expiry := properties.get("TimeToLiveSpecification"):
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
        return cls(name, {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn")})

    @classmethod
    def change(cls, physical, properties, region):
        is_protected = properties.get("DeletionProtectionEnabled", False)
        client("dynamodb", region).update_table(TableName=physical, DeletionProtectionEnabled=is_protected)

    @classmethod
    def remove(cls, physical, properties, region):
        """As CloudFormation does, without taking the protection away before."""
        client("dynamodb", region).delete_table(TableName=physical)


class LogGroup(Made, CloudFormationModel):
    """moto's changes no retention."""

    @staticmethod
    def cloudformation_type():
        return "AWS::Logs::LogGroup"

    @classmethod
    def make(cls, name, properties, region):
        name = properties["LogGroupName"]
        client("logs", region).create_log_group(logGroupName=name)
        cls.change(name, properties, region)
        return cls(name, {"Arn": f"arn:aws:logs:{region}:123456789012:log-group:{name}:*"})

    @classmethod
    def change(cls, physical, properties, region):
        client("logs", region).put_retention_policy(logGroupName=physical, retentionInDays=properties["RetentionInDays"])

    @classmethod
    def remove(cls, physical, properties, region):
        client("logs", region).delete_log_group(logGroupName=physical)


class Queue(Made, CloudFormationModel):
    """moto's has an address outside of this machine."""

    @staticmethod
    def cloudformation_type():
        return "AWS::SQS::Queue"

    @classmethod
    def make(cls, name, properties, region):
        attributes = {name: str(value) for name, value in properties.items()}
        url = client("sqs", region).create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return cls(url, {"Arn": f"arn:aws:sqs:{region}:123456789012:{name}", "QueueName": name, "QueueUrl": url})

    @classmethod
    def remove(cls, physical, properties, region):
        client("sqs", region).delete_queue(QueueUrl=physical)


class Secret(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    @classmethod
    def make(cls, name, properties, region):
        secrets = client("secretsmanager", region)
        text = {}
        if generate := properties.get("GenerateSecretString"):
            template, key = generate.pop("SecretStringTemplate"), generate.pop("GenerateStringKey")
            password = secrets.get_random_password(**generate)["RandomPassword"]
            text = {"SecretString": template[: template.rindex("}")] + f', "{key}": "{password}"}}'}
        return cls(secrets.create_secret(Name=name, **text)["ARN"])

    @classmethod
    def remove(cls, physical, properties, region):
        client("secretsmanager", region).delete_secret(SecretId=physical)


class Version(Made, CloudFormationModel):
    """moto's has no attribute `Version`."""

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Version"

    @classmethod
    def make(cls, name, properties, region):
        made = client("lambda", region).publish_version(FunctionName=properties["FunctionName"])
        return cls(made["FunctionArn"], {"Version": made["Version"]})

    @classmethod
    def remove(cls, physical, properties, region):
        """SAM retains versions."""


class Alias(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Alias"

    @classmethod
    def make(cls, name, properties, region):
        return cls(client("lambda", region).create_alias(**properties)["AliasArn"])

    @classmethod
    def change(cls, physical, properties, region):
        client("lambda", region).update_alias(**properties)

    @classmethod
    def remove(cls, physical, properties, region):
        """It goes with its function."""


class Api(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::ApiGatewayV2::Api"

    @classmethod
    def make(cls, name, properties, region):
        made = client("apigatewayv2", region).create_api(Name=name, ProtocolType="HTTP")
        return cls(made["ApiId"])

    @classmethod
    def remove(cls, physical, properties, region):
        client("apigatewayv2", region).delete_api(ApiId=physical)


class Stage(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::ApiGatewayV2::Stage"

    @classmethod
    def make(cls, name, properties, region):
        stage = {name: properties[name] for name in ("ApiId", "StageName")}
        client("apigatewayv2", region).create_stage(**stage)
        return cls(properties["StageName"])

    @classmethod
    def remove(cls, physical, properties, region):
        """It goes with its API."""


class Alarm(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def make(cls, name, properties, region):
        name = properties.get("AlarmName", name)
        client("cloudwatch", region).put_metric_alarm(**properties | {"AlarmName": name})
        return cls(name)

    @classmethod
    def change(cls, physical, properties, region):
        cls.make(physical, properties, region)

    @classmethod
    def remove(cls, physical, properties, region):
        client("cloudwatch", region).delete_alarms(AlarmNames=[physical])


class Subscription(Made, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::Subscription"

    @classmethod
    def make(cls, name, properties, region):
        return cls(client("sns", region).subscribe(ReturnSubscriptionArn=True, **properties)["SubscriptionArn"])

    @classmethod
    def remove(cls, physical, properties, region):
        client("sns", region).unsubscribe(SubscriptionArn=physical)

