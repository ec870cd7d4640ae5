// Conductor's own JavaScript client and workers, unmodified: `node official.cjs URL NAME`.
// Says {"ok": [what was done]} and ends, or throws.
"use strict";

const assert = require("node:assert/strict");
const sdk = require("@io-orkes/conductor-javascript");

const [url, name] = process.argv.slice(2);
const done = [];

async function step(what, act) {
  await act();
  done.push(what);
}

function simple(suffix) {
  const task = { name: `${name}_${suffix}`, taskReferenceName: suffix, type: "SIMPLE" };
  return { ...task, inputParameters: { n: "${workflow.input.n}" } };
}

async function ended(workflows, id) {
  for (;;) {
    const found = await workflows.getWorkflow(id, true);
    if (found.status !== "RUNNING") return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const WORKERS = [
  {
    taskDefName: `${name}_add`,
    pollInterval: 10,
    concurrency: 4,
    execute: async (task) => {
      return { status: "COMPLETED", outputData: { n: task.inputData.n + 1 } };
    },
  },
  {
    taskDefName: `${name}_give_up`,
    pollInterval: 10,
    execute: async () => {
      throw new sdk.NonRetryableException("no such thing");
    },
  },
];

async function main() {
  const clients = await sdk.OrkesClients.from({ serverUrl: url });
  const workflows = clients.getWorkflowClient();
  const metadata = clients.getMetadataClient();
  const tasks = clients.getTaskClient();
  const start = { name, version: 1, input: { n: 1 } };
  const byHand = { name: `${name}_by_hand`, version: 1, input: { n: 1 } };

  await step("definitions", async () => {
    await metadata.registerTask({ name: `${name}_add`, retryCount: 1, retryDelaySeconds: 0 });
    assert.equal((await metadata.getTask(`${name}_add`)).retryCount, 1);
    const output = { n: "${add.output.n}" };
    const definition = { name, version: 1, tasks: [simple("add")], outputParameters: output };
    await metadata.registerWorkflowDef(definition, true);
    await metadata.registerWorkflowDef({ ...byHand, tasks: [simple("a"), simple("b")] }, true);
    await metadata.registerWorkflowDef(
      { name: `${name}_hopeless`, version: 1, tasks: [simple("give_up")] },
      true,
    );
    const found = await metadata.getWorkflowDef(name, 1);
    assert.equal(found.tasks[0].taskReferenceName, "add");
    await assert.rejects(() => metadata.getWorkflowDef(`${name}_nobody`));
  });

  const handler = new sdk.TaskHandler({
    client: clients.getClient(),
    workers: WORKERS,
    scanForDecorated: false,
  });
  await handler.startWorkers();

  await step("workers", async () => {
    const ids = await Promise.all(
      [...Array(20).keys()].map((n) => workflows.startWorkflow({ ...start, input: { n } })),
    );
    for (const [n, id] of ids.entries()) {
      const found = await ended(workflows, id);
      assert.deepEqual([found.status, found.output], ["COMPLETED", { n: n + 1 }]);
    }
  });

  await step("a worker that gives up", async () => {
    const id = await workflows.startWorkflow({ name: `${name}_hopeless`, version: 1, input: {} });
    const found = await ended(workflows, id);
    assert.equal(found.status, "FAILED");
    assert.equal(found.tasks[0].status, "FAILED_WITH_TERMINAL_ERROR");
    assert.match(found.tasks[0].reasonForIncompletion, /no such thing/);
  });

  await step("synchronous execution", async () => {
    const run = await workflows.executeWorkflow(start, name, 1, "r1");
    assert.deepEqual([run.status, run.output], ["COMPLETED", { n: 2 }]);
    const shown = await workflows.executeWorkflow(
      { ...byHand },
      byHand.name,
      1,
      "r2",
      "a",
      1,
      "DURABLE",
      "TARGET_WORKFLOW",
    );
    assert.equal(shown.responseType, "TARGET_WORKFLOW");
    assert.equal(shown.targetWorkflowStatus, "RUNNING");
    await workflows.terminate(shown.targetWorkflowId, "enough");
  });

  await step("steering", async () => {
    const id = await workflows.startWorkflow(byHand);
    await workflows.pause(id);
    assert.equal((await workflows.getWorkflowStatus(id, false, false)).status, "PAUSED");
    await workflows.resume(id);
    await workflows.terminate(id, "enough");
    await workflows.restart(id, true);
    await workflows.skipTasksFromWorkflow(id, "b", { taskInput: {}, taskOutput: {} });
    await workflows.updateTaskByRefName("a", id, "FAILED_WITH_TERMINAL_ERROR", {});
    assert.equal((await workflows.getWorkflow(id, true)).status, "FAILED");
    await workflows.retry(id, false);
    await workflows.terminate(id, "again");
    assert.equal(await workflows.reRun(id, {}), id);
    assert.equal((await workflows.updateTaskSync("a", id, "COMPLETED", { x: 1 })).workflowId, id);
    await workflows.updateTaskByRefName("b", id, "COMPLETED", {});
    assert.equal((await ended(workflows, id)).status, "COMPLETED");
    await workflows.deleteWorkflow(id);
  });

  await step("signals", async () => {
    const wait = { name: "wait", type: "WAIT" };
    const waits = ["first", "second"].map((ref) => ({ ...wait, taskReferenceName: ref }));
    const waiting = { name: `${name}_waits`, version: 1 };
    await metadata.registerWorkflowDef({ ...waiting, tasks: waits }, true);
    const id = await workflows.startWorkflow({ ...waiting, input: {} });
    const next = await workflows.signal(id, "COMPLETED", { by: "me" }, "BLOCKING_TASK");
    assert.equal(next.referenceTaskName, "second");
    await workflows.signalAsync(id, "COMPLETED", { by: "you" });
    assert.equal((await ended(workflows, id)).status, "COMPLETED");
  });

  await step("tests with mocks", async () => {
    const mocks = { a: [{ status: "COMPLETED", output: {} }], b: [{ output: { x: 1 } }] };
    const found = await workflows.testWorkflow({ ...byHand, taskRefToMockOutput: mocks });
    assert.deepEqual([found.status, found.output], ["COMPLETED", { x: 1 }]);
  });

  await step("tasks, logs and search", async () => {
    const id = await workflows.startWorkflowByName(byHand.name, { n: 1 }, 1, `${name}-c`, 2);
    const task = (await workflows.getWorkflow(id, true)).tasks[0];
    await tasks.addTaskLog(task.taskId, 'a "quoted" line');
    assert.match((await tasks.getTaskLogs(task.taskId))[0].log, /quoted/);
    assert.equal((await tasks.getTask(task.taskId)).status, "SCHEDULED");
    assert.equal((await tasks.getQueueSizeForTask([task.taskType]))[task.taskType], 1);
    const hits = await workflows.search(0, 10, `workflowId = '${id}'`, "*");
    assert.deepEqual(hits.results.map((one) => one.workflowId), [id]);
    const found = await tasks.search(0, 10, "", "*", `taskId = '${task.taskId}'`);
    assert.equal(found.totalHits, 1);
    assert.equal(await workflows.updateTask(task.taskId, id, "COMPLETED", { x: 1 }), task.taskId);
    await workflows.terminate(id, "enough");
  });

  await handler.stopWorkers();
  console.log(JSON.stringify({ ok: done }));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
