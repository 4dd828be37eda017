"""How upstream names become Protobuf names: services, files, messages, nesting."""

import re

# The service of an operation, by the last collection (or verb) of its path.
SERVICES = {
    "accounts": "AccountService",
    "refresh": "AccountService",
    "policySettings": "AccountService",
    "creditCodes": "BillingService",
    "creditRedemptions": "BillingService",
    "accountUsageFilterOptions": "BillingService",
    "billingUsage": "BillingService",
    "billing": "BillingService",
    "pricingPlans": "BillingService",
    "quotas": "QuotaService",
    "serverlessRateLimits": "QuotaService",
    "serverlessTokenUsage": "QuotaService",
    "validateModelConfig": "ModelService",
    "checkpoints": "RlorTrainerJobService",
    "rlorTrainerJobs": "RlorTrainerJobService",
    "genericDeploymentTypes": "GenericDeploymentService",
    "evaluatorsV2": "EvaluatorService",
    "trainingSessionJobs": "TrainingSessionService",
}
# Collections that belong to the resource before them.
SUBCOLLECTIONS = ("ledger", "publicLogs", "shards", "summary", "terminationMessage", "versions")
# Operations whose path says too little.
SERVICE_OF_RPC = {"TestEvaluation": "EvaluationService"}

# Files of messages that several resources share; others stand with the resource
# that reaches them first.
SHARED_FILES = {
    "Money": "money",
    "Operation": "operation",
    "RpcStatus": "operation",
    "TimeSeries": "time_series",
    "TimeSeriesPoint": "time_series",
    "JobState": "job",
    "JobProgress": "job",
    "Purpose": "job",
    "AwsS3Config": "storage",
    "AzureBlobStorageConfig": "storage",
    "WandbConfig": "training_config",
    "BaseTrainingConfig": "training_config",
    "TrainerShardingScheme": "training_config",
    "ReinforcementLearningLossConfig": "training_config",
    "DpoConfig": "training_config",
    "OrpoConfig": "training_config",
    "PolicySettings": "policy_settings",
    "CreditRedemption": "credit_redemption",
    "PricingPlan": "pricing_plan",
    "AccountUsage": "account_usage",
    "LineItem": "billing_summary",
    "AccountRateLimit": "quota",
    "Assertion": "assertion",
    "LLMAssertion": "assertion",
    "CodeAssertion": "assertion",
    "Provider": "assertion",
    "EvaluateOptions": "assertion",
    "GenericDeploymentType": "generic_deployment_type",
    "GenericDeploymentTypeVersion": "generic_deployment_type",
    "TrainingSessionJob": "training_session_job",
    "AwsS3ModelSource": "model_source",
    "AzureBlobModelSource": "model_source",
}


def snake(name):
    """fooBar -> foo_bar."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def lower_camel(name):
    """foo_bar -> fooBar, as protoc derives JSON names."""
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


def words(name):
    """DpoJob or dpo_job -> dpo job."""
    return snake(name).replace("_", " ")


def collection_of(op):
    """The last literal of the path, without verb: accounts/*/models/*:x -> models."""
    path = re.sub(r"\{[\w.]+=([^}]+)\}", r"\1", op["template"])
    literals = [part for part in re.split(r"[/:]", path.split("/v1/")[1].split(":")[0])
                if part != "*" and not part.startswith("{")]
    if literals[-1] in SUBCOLLECTIONS:
        literals.pop()
    if literals[-1] == "checkpoints" and "rlorTrainerJobs" in literals:
        literals.pop()
    return literals[-1]


def singular(collection):
    if collection.endswith("ies"):
        return collection[:-3] + "y"
    if collection.endswith("sses"):
        return collection[:-2]
    return collection[:-1] if collection.endswith("s") else collection


def service_of(op):
    if op["rpc"] in SERVICE_OF_RPC:
        return SERVICE_OF_RPC[op["rpc"]]
    collection = collection_of(op)
    if collection in SERVICES:
        return SERVICES[collection]
    name = singular(collection)
    return name[0].upper() + name[1:] + "Service"


def service_file(service):
    return snake(service)


def words_of_service(service):
    return plural(words(service[: -len("Service")]))


def plural(noun):
    if noun.endswith("y") and not noun.endswith(("ay", "ey")):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith("s") else "s")


def file_of(name, op):
    if name in SHARED_FILES:
        return SHARED_FILES[name]
    return snake(service_of(op)[: -len("Service")])


def operation_order(op):
    """List, Create, Get, Update, Delete, then the rest by name; sub-resources after."""
    verbs = ("List", "Create", "Get", "Update", "Delete")
    rank = next((i for i, verb in enumerate(verbs) if op["rpc"].startswith(verb)), len(verbs))
    custom = ":" in op["template"] or op["rpc"].endswith("Endpoint")
    return (len(re.sub(r"\{[\w.]+=([^}]+)\}", r"\1", op["template"]).replace("/*", "").split("/")),
            custom, collection_of(op), rank, op["rpc"])


class Names:
    """Message names of schemas: nesting as the upstream nests them."""

    def __init__(self, inventory):
        self._schemas = schemas = inventory["schemas"]
        self._given = inventory["names"]
        self._messages = {self._bare(name) for name, node in schemas.items()
                          if node.get("type") == "object" and name not in self._given}
        # Requests that no schema describes can hold nested types all the same.
        self._messages |= {"GetAccountUsageRequest", "GetAccountUsageFilterOptionsRequest"}

    @staticmethod
    def _bare(name):
        return name[len("gateway"):] if name.startswith("gateway") else name

    def _nests(self, name, node):
        if not name.startswith("gateway"):
            return True
        if "enum" not in node:
            return False
        own = snake(self._bare(name)).upper()
        return not node["enum"][0].startswith(own) or name == "gatewayTrainingSessionState"

    def type_of(self, name):
        """Dotted message name of a schema; None where it becomes raw JSON."""
        if name in self._given:
            return self._given[name]
        node = self._schemas[name]
        if node.get("open"):
            return None
        bare = self._bare(name)
        if not self._nests(name, node) or bare == "FileUploadResponse":
            return bare
        owners = [owner for owner in self._messages
                  if bare.startswith(owner) and bare != owner]
        if not owners:
            return bare
        owner = max(owners, key=len)
        schema = owner if owner in self._schemas else "gateway" + owner
        outer = self.type_of(schema) if schema in self._schemas else owner
        return f"{outer}.{bare[len(owner):]}"
