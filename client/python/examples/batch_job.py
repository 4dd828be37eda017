"""Creates a dataset, uploads a file, runs a batch inference job on it, and waits until it is done."""

import json
import pathlib
import tempfile
import uuid

from _target import arguments

from fireworks_grpc import Client, gateway_v1


def write_questions(path: pathlib.Path) -> int:
    """A file of requests, a line each, and how many there are."""
    questions = ["Why is the sky blue?", "Why is grass green?"]
    with open(path, "w", encoding="utf-8") as file:
        for index, question in enumerate(questions):
            body = {"messages": [{"role": "user", "content": question}], "max_tokens": 100}
            file.write(json.dumps({"custom_id": f"q-{index}", "body": body}) + "\n")
    return len(questions)


# [START batch_job]
def run_batch(client: Client, account: str, model: str, path: pathlib.Path, examples: int) -> str:
    parent = f"accounts/{account}"
    name = f"batch-{uuid.uuid4().hex[:12]}"
    datasets = client.stub(gateway_v1.DatasetServiceStub)
    created = gateway_v1.Dataset(user_uploaded=gateway_v1.UserUploaded(), example_count=examples)
    dataset = datasets.CreateDataset(
        gateway_v1.CreateDatasetRequest(parent=parent, dataset_id=name, dataset=created), timeout=30
    )
    client.upload_dataset_file(dataset.name, path, timeout=600)
    client.wait(datasets.GetDataset, gateway_v1.GetDatasetRequest(name=dataset.name), timeout=600)

    jobs = client.stub(gateway_v1.BatchInferenceJobServiceStub)
    wanted = gateway_v1.BatchInferenceJob(
        model=model, input_dataset_id=dataset.name, output_dataset_id=f"{parent}/datasets/{name}-out"
    )
    job = jobs.CreateBatchInferenceJob(
        gateway_v1.CreateBatchInferenceJobRequest(parent=parent, batch_inference_job=wanted), timeout=30
    )
    done = client.wait(
        jobs.GetBatchInferenceJob,
        gateway_v1.GetBatchInferenceJobRequest(name=job.name),
        on_progress=lambda job: print(gateway_v1.JobState.Name(job.state), job.job_progress.percent, "%"),
        timeout=24 * 3600,
    )
    if done.state != gateway_v1.JOB_STATE_COMPLETED:
        raise RuntimeError(f"{done.name}: {done.status.message}")
    return done.output_dataset_id
    # [END batch_job]


if __name__ == "__main__":
    given = arguments(__doc__)
    with tempfile.TemporaryDirectory() as folder, Client(given.target) as client:
        file = pathlib.Path(folder) / "questions.jsonl"
        print(run_batch(client, given.account, given.model, file, write_questions(file)))
