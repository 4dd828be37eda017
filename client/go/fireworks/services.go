package fireworks

import (
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	servicev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/service/v1"
	"google.golang.org/grpc"
)

// Services are the generated stubs of all services. Their server streams are better
// opened with [OpenStream].
type Services struct {
	// Inference.
	ChatCompletions inferencev1.ChatCompletionServiceClient
	Completions     inferencev1.CompletionServiceClient
	Embeddings      inferencev1.EmbeddingServiceClient
	Messages        inferencev1.MessageServiceClient
	ModelCatalog    inferencev1.ModelCatalogServiceClient
	Rerank          inferencev1.RerankServiceClient
	Responses       inferencev1.ResponseServiceClient

	// Management.
	Accounts                    gatewayv1.AccountServiceClient
	APIKeies                    gatewayv1.ApiKeyServiceClient
	AuditLogs                   gatewayv1.AuditLogServiceClient
	BatchInferenceJobs          gatewayv1.BatchInferenceJobServiceClient
	Billing                     gatewayv1.BillingServiceClient
	Clusters                    gatewayv1.ClusterServiceClient
	Datasets                    gatewayv1.DatasetServiceClient
	DeployedModels              gatewayv1.DeployedModelServiceClient
	Deployments                 gatewayv1.DeploymentServiceClient
	DeploymentShapes            gatewayv1.DeploymentShapeServiceClient
	DeveloperPasses             gatewayv1.DeveloperPassServiceClient
	DPOJobs                     gatewayv1.DpoJobServiceClient
	EvaluationJobs              gatewayv1.EvaluationJobServiceClient
	Evaluations                 gatewayv1.EvaluationServiceClient
	Evaluators                  gatewayv1.EvaluatorServiceClient
	GenericDeployments          gatewayv1.GenericDeploymentServiceClient
	IdentityProviders           gatewayv1.IdentityProviderServiceClient
	Models                      gatewayv1.ModelServiceClient
	Quotas                      gatewayv1.QuotaServiceClient
	ReinforcementFineTuningJobs gatewayv1.ReinforcementFineTuningJobServiceClient
	RlorTrainerJobs             gatewayv1.RlorTrainerJobServiceClient
	Routers                     gatewayv1.RouterServiceClient
	Secrets                     gatewayv1.SecretServiceClient
	SupervisedFineTuningJobs    gatewayv1.SupervisedFineTuningJobServiceClient
	Trails                      gatewayv1.TrailServiceClient
	TrainingSessions            gatewayv1.TrainingSessionServiceClient
	TrainingShapes              gatewayv1.TrainingShapeServiceClient
	Users                       gatewayv1.UserServiceClient

	// The service itself.
	Explain servicev1.ExplainServiceClient
}

func newServices(conn grpc.ClientConnInterface) Services {
	return Services{
		ChatCompletions:             inferencev1.NewChatCompletionServiceClient(conn),
		Completions:                 inferencev1.NewCompletionServiceClient(conn),
		Embeddings:                  inferencev1.NewEmbeddingServiceClient(conn),
		Messages:                    inferencev1.NewMessageServiceClient(conn),
		ModelCatalog:                inferencev1.NewModelCatalogServiceClient(conn),
		Rerank:                      inferencev1.NewRerankServiceClient(conn),
		Responses:                   inferencev1.NewResponseServiceClient(conn),
		Accounts:                    gatewayv1.NewAccountServiceClient(conn),
		APIKeies:                    gatewayv1.NewApiKeyServiceClient(conn),
		AuditLogs:                   gatewayv1.NewAuditLogServiceClient(conn),
		BatchInferenceJobs:          gatewayv1.NewBatchInferenceJobServiceClient(conn),
		Billing:                     gatewayv1.NewBillingServiceClient(conn),
		Clusters:                    gatewayv1.NewClusterServiceClient(conn),
		Datasets:                    gatewayv1.NewDatasetServiceClient(conn),
		DeployedModels:              gatewayv1.NewDeployedModelServiceClient(conn),
		Deployments:                 gatewayv1.NewDeploymentServiceClient(conn),
		DeploymentShapes:            gatewayv1.NewDeploymentShapeServiceClient(conn),
		DeveloperPasses:             gatewayv1.NewDeveloperPassServiceClient(conn),
		DPOJobs:                     gatewayv1.NewDpoJobServiceClient(conn),
		EvaluationJobs:              gatewayv1.NewEvaluationJobServiceClient(conn),
		Evaluations:                 gatewayv1.NewEvaluationServiceClient(conn),
		Evaluators:                  gatewayv1.NewEvaluatorServiceClient(conn),
		GenericDeployments:          gatewayv1.NewGenericDeploymentServiceClient(conn),
		IdentityProviders:           gatewayv1.NewIdentityProviderServiceClient(conn),
		Models:                      gatewayv1.NewModelServiceClient(conn),
		Quotas:                      gatewayv1.NewQuotaServiceClient(conn),
		ReinforcementFineTuningJobs: gatewayv1.NewReinforcementFineTuningJobServiceClient(conn),
		RlorTrainerJobs:             gatewayv1.NewRlorTrainerJobServiceClient(conn),
		Routers:                     gatewayv1.NewRouterServiceClient(conn),
		Secrets:                     gatewayv1.NewSecretServiceClient(conn),
		SupervisedFineTuningJobs:    gatewayv1.NewSupervisedFineTuningJobServiceClient(conn),
		Trails:                      gatewayv1.NewTrailServiceClient(conn),
		TrainingSessions:            gatewayv1.NewTrainingSessionServiceClient(conn),
		TrainingShapes:              gatewayv1.NewTrainingShapeServiceClient(conn),
		Users:                       gatewayv1.NewUserServiceClient(conn),
		Explain:                     servicev1.NewExplainServiceClient(conn),
	}
}
