"""The shapes of Conductor's bodies for the OpenAPI document (conductor.md §1, §6;
conductor-clients.md, *Models*).

Clients leave out what they like, and more than this is passed over, so nothing is required.
"""

from __future__ import annotations

from daemon.gateway.shapes import Shapes

_PAYLOADS = "externalInputPayloadStoragePath:str externalOutputPayloadStoragePath:str"
_AUDIT = "ownerApp:str createTime:int updateTime:int createdBy:str updatedBy:str"
_SCHEDULE = (
    "name:str cronExpression:str zoneId:str cronSchedules:[CronSchedule] "
    "runCatchupScheduleInstances:bool paused:bool pausedReason:str "
    "startWorkflowRequest:StartWorkflowRequest scheduleStartTime:int scheduleEndTime:int "
    "description:str"
)
_RUN = "requestId:str workflowId:str correlationId:str input:map output:map status:str"

MODELS = {
    "Task": "taskId:str taskType:str taskDefName:str referenceTaskName:str status:str "
    "inputData:map outputData:map retryCount:int seq:int iteration:int correlationId:str "
    "pollCount:int scheduledTime:int startTime:int endTime:int updateTime:int firstStartTime:int "
    "queueWaitTime:int startDelayInSeconds:int retriedTaskId:str retried:bool executed:bool "
    "callbackFromWorker:bool callbackAfterSeconds:int responseTimeoutSeconds:int "
    "workflowInstanceId:str workflowType:str workflowPriority:int reasonForIncompletion:str "
    "workerId:str workflowTask:WorkflowTask taskDefinition:TaskDef domain:str "
    "rateLimitPerFrequency:int rateLimitFrequencyInSeconds:int executionNameSpace:str "
    "isolationGroupId:str subWorkflowId:str subworkflowChanged:bool loopOverTask:bool",
    "TaskResult": "workflowInstanceId:str taskId:str status:str outputData:map workerId:str "
    "reasonForIncompletion:str callbackAfterSeconds:num logs:[TaskExecLog] extendLease:bool",
    "TaskExecLog": "log:str taskId:str createdTime:int",
    "Workflow": "workflowId:str workflowName:str workflowVersion:int status:str startTime:int "
    f"endTime:int {_AUDIT} parentWorkflowId:str parentWorkflowTaskId:str tasks:[Task] input:map "
    "output:map variables:map correlationId:str reasonForIncompletion:str priority:int "
    "taskToDomain:text-map failedReferenceTaskNames:[str] failedTaskNames:[str] "
    "workflowDefinition:WorkflowDef lastRetriedTime:int history:[Workflow] rateLimited:bool",
    "WorkflowStatus": "workflowId:str correlationId:str output:map variables:map status:str",
    "SignalResponse": f"{_RUN} responseType:str targetWorkflowId:str targetWorkflowStatus:str "
    "signalTimeout:bool priority:int variables:map tasks:[Task] createdBy:str createTime:int "
    "updateTime:int taskType:str taskId:str referenceTaskName:str retryCount:int taskDefName:str "
    "retriedTaskId:str workflowType:str reasonForIncompletion:str",
    "WorkflowDef": f"{_AUDIT} name:str description:str version:int tasks:[WorkflowTask] "
    "inputParameters:[str] outputParameters:map failureWorkflow:str failureWorkflowVersion:int "
    "schemaVersion:int restartable:bool workflowStatusListenerEnabled:bool ownerEmail:str "
    "timeoutPolicy:str timeoutSeconds:int variables:map inputTemplate:map inputSchema:map "
    "outputSchema:map enforceSchema:bool metadata:map rateLimitConfig:map maskedFields:[str]",
    "WorkflowTask": "name:str taskReferenceName:str description:str type:str inputParameters:map "
    "dynamicTaskNameParam:str caseValueParam:str caseExpression:str scriptExpression:str "
    "decisionCases:map defaultCase:[WorkflowTask] dynamicForkJoinTasksParam:str "
    "dynamicForkTasksParam:str dynamicForkTasksInputParamName:str forkTasks:[any] startDelay:int "
    "subWorkflowParam:map joinOn:[str] sink:str optional:bool taskDefinition:TaskDef "
    "defaultExclusiveJoinTask:[str] asyncComplete:bool loopCondition:str loopOver:[WorkflowTask] "
    "items:str retryCount:int evaluatorType:str expression:str onStateChange:map permissive:bool "
    "metadata:map",
    "TaskDef": f"{_AUDIT} name:str description:str retryCount:int timeoutSeconds:int "
    "inputKeys:[str] outputKeys:[str] timeoutPolicy:str retryLogic:str retryDelaySeconds:int "
    "responseTimeoutSeconds:int concurrentExecLimit:int inputTemplate:map "
    "rateLimitPerFrequency:int rateLimitFrequencyInSeconds:int isolationGroupId:str "
    "executionNameSpace:str ownerEmail:str pollTimeoutSeconds:int backoffScaleFactor:int "
    "maxRetryDelaySeconds:int backoffJitterMs:int totalTimeoutSeconds:int inputSchema:map "
    "outputSchema:map enforceSchema:bool baseType:str runtimeMetadata:[str] "
    "taskStatusListenerEnabled:bool",
    "StartWorkflowRequest": "name:str version:int correlationId:str input:map "
    "taskToDomain:text-map workflowDef:WorkflowDef priority:int createdBy:str idempotencyKey:str "
    "idempotencyStrategy:str",
    "WorkflowTestRequest": "name:str version:int correlationId:str input:map "
    "workflowDef:WorkflowDef priority:int taskRefToMockOutput:map subWorkflowTestRequest:map",
    "RerunWorkflowRequest": "reRunFromTaskId:str workflowInput:map taskInput:map",
    "SkipTaskRequest": "taskInput:map taskOutput:map",
    "PollData": "queueName:str domain:str workerId:str lastPollTime:int",
    "BulkResponse": "bulkErrorResults:text-map bulkSuccessfulResults:[any]",
    "WorkflowSummary": "workflowType:str version:int workflowId:str correlationId:str "
    "startTime:str updateTime:str endTime:str status:str input:str output:str "
    "reasonForIncompletion:str executionTime:int failedReferenceTaskNames:str "
    "failedTaskNames:[str] priority:int createdBy:str inputSize:int outputSize:int "
    "classifier:str taskToDomain:text-map parentWorkflowId:str",
    "TaskSummary": "workflowId:str workflowType:str correlationId:str scheduledTime:str "
    "startTime:str updateTime:str endTime:str status:str reasonForIncompletion:str "
    "executionTime:int queueWaitTime:int taskDefName:str taskType:str input:str output:str "
    "taskId:str workflowPriority:int domain:str",
    "WorkflowDefSummary": "name:str version:int createTime:int updateTime:int",
    "WorkflowSummaries": "totalHits:int results:[WorkflowSummary]",
    "Workflows": "totalHits:int results:[Workflow]",
    "TaskSummaries": "totalHits:int results:[TaskSummary]",
    "Tasks": "totalHits:int results:[Task]",
    "EventHandler": "name:str event:str condition:str actions:[EventAction] active:bool "
    "evaluatorType:str",
    "EventAction": "action:str start_workflow:map complete_task:map fail_task:map "
    "terminate_workflow:map update_workflow_variables:map expandInlineJSON:bool",
    "SaveScheduleRequest": _SCHEDULE,
    "WorkflowSchedule": f"{_SCHEDULE} createTime:int updatedTime:int createdBy:str "
    "updatedBy:str nextRunTime:int",
    "CronSchedule": "cronExpression:str zoneId:str",
    "ScheduleExecution": "executionId:str scheduleName:str scheduledTime:int executionTime:int "
    "workflowName:str workflowId:str reason:str startWorkflowRequest:StartWorkflowRequest "
    "state:str zoneId:str",
    "WorkflowSchedules": "totalHits:int results:[WorkflowSchedule]",
    "ScheduleExecutions": "totalHits:int results:[ScheduleExecution]",
    "ExternalStorageLocation": "uri:str path:str",
    "EnvironmentVariable": "name:str value:str",
    "ValidationError": "path:str message:str invalidValue:str",
    "ErrorResponse": "status:int message:str instance:str retryable:bool "
    "validationErrors:[ValidationError]",
}

BODIES = {
    "startWorkflow": "StartWorkflowRequest",
    "startWorkflowByName": "map",
    "executeWorkflow": "StartWorkflowRequest",
    "testWorkflow": "WorkflowTestRequest",
    "rerun": "RerunWorkflowRequest",
    "skipTask": "SkipTaskRequest",
    "getWorkflowsByCorrelationIds": "[str]",
    "updateTask": "TaskResult",
    "updateTaskV2": "TaskResult",
    "updateByRef": "map",
    "updateByRefSync": "map",
    "signal": "map",
    "signalSync": "map",
    "log": "str",
    "create": "WorkflowDef",
    "validate": "WorkflowDef",
    "update": "[WorkflowDef]",
    "registerTaskDef": "[TaskDef]",
    "updateTaskDef": "TaskDef",
    "pauseWorkflows": "[str]",
    "resumeWorkflows": "[str]",
    "restartWorkflows": "[str]",
    "retryWorkflows": "[str]",
    "terminateWorkflows": "[str]",
    "deleteWorkflows": "[str]",
    "terminateRemove": "[str]",
    "searchWorkflows": "[str]",
    "addEventHandler": "EventHandler",
    "updateEventHandler": "EventHandler",
    "updateByTaskRefName": "map",
    "updateByTaskId": "map",
    "putSecret": "str",
    "createOrUpdateSchedule": "SaveScheduleRequest",
    "pauseSchedules": "[str]",
    "resumeSchedules": "[str]",
}
"""The type of the body, by operation; the others take none."""

ANSWERS = {
    "getEventHandlers": "[EventHandler]",
    "getEventHandlersForEvent": "[EventHandler]",
    "names": "text-map",
    "sizeOfQueues": "map",
    "listSecretsThatUserCanGrantAccessTo": "[str]",
    "listAllSecretNames": "[str]",
    "secretExists": "bool",
    "createOrUpdateSchedule": "WorkflowSchedule",
    "getAllSchedules": "[WorkflowSchedule]",
    "searchSchedules": "WorkflowSchedules",
    "getSchedule": "WorkflowSchedule",
    "pauseSchedules": "BulkResponse",
    "resumeSchedules": "BulkResponse",
    "getNextFewSchedules": "[int]",
    "pauseAllSchedules": "map",
    "resumeAllSchedules": "map",
    "requeueAllExecutionRecords": "map",
    "searchScheduledExecutions": "ScheduleExecutions",
    "executeWorkflow": "SignalResponse",
    "signalSync": "SignalResponse",
    "testWorkflow": "Workflow",
    "getExecutionStatus": "Workflow",
    "updateByRefSync": "Workflow",
    "getWorkflowStatusSummary": "WorkflowStatus",
    "getExecutionStatusTaskList": "Tasks",
    "getRunningWorkflow": "[str]",
    "getWorkflowsByCorrelationId": "[Workflow]",
    "getWorkflowsByCorrelationIds": "map",
    "search": "WorkflowSummaries",
    "searchV2": "Workflows",
    "searchByTasks": "WorkflowSummaries",
    "searchByTasksV2": "Workflows",
    "searchTasks": "TaskSummaries",
    "searchTasksV2": "Tasks",
    "poll": "Task",
    "batchPoll": "[Task]",
    "updateTaskV2": "Task",
    "getTask": "Task",
    "view": "[Task]",
    "getTaskLogs": "[TaskExecLog]",
    "getPollData": "[PollData]",
    "getAllPollData": "[PollData]",
    "get": "WorkflowDef",
    "getAll": "[WorkflowDef]",
    "getLatest": "[WorkflowDef]",
    "getNames": "[str]",
    "getNamesAndVersions": "map",
    "getVersions": "[WorkflowDefSummary]",
    "getTaskDef": "TaskDef",
    "getTaskDefs": "[TaskDef]",
    "update": "BulkResponse",
    "pauseWorkflows": "BulkResponse",
    "resumeWorkflows": "BulkResponse",
    "restartWorkflows": "BulkResponse",
    "retryWorkflows": "BulkResponse",
    "terminateWorkflows": "BulkResponse",
    "deleteWorkflows": "BulkResponse",
    "terminateRemove": "BulkResponse",
    "searchWorkflows": "BulkResponse",
    "size": "map",
    "taskDepth": "int",
    "all": "map",
    "allVerbose": "map",
    "getEnvironment": "[EnvironmentVariable]",
    "getAllConfig": "map",
    "getEventQueues": "map",
    "workflow_externalstoragelocation": "ExternalStorageLocation",
    "workflow_external_storage_location": "ExternalStorageLocation",
    "tasks_externalstoragelocation": "ExternalStorageLocation",
    "tasks_external_storage_location": "ExternalStorageLocation",
    "healthOfServer": "map",
}
"""The type of the JSON that is answered, by operation."""

_PAGE = "start:int size:int sort:str freeText:str query:str"
_WORKER = "workerid:str domain:str"

QUERIES = {
    "getEventHandlersForEvent": "activeOnly:bool",
    "getAllSchedules": "workflowName:str",
    "getEventQueues": "verbose:bool",
    "searchSchedules": f"{_PAGE} workflowName:str scheduleName:str paused:bool",
    "getNextFewSchedules": "cronExpression:str scheduleStartTime:int scheduleEndTime:int limit:int",
    "searchScheduledExecutions": _PAGE,
    "startWorkflowByName": "version:int correlationId:str priority:int",
    "executeWorkflow": "requestId:str waitUntilTaskRef:str waitForSeconds:int consistency:str "
    "returnStrategy:str",
    "signalSync": "returnStrategy:str timeoutMillis:int",
    "getExecutionStatus": "includeTasks:bool",
    "getWorkflowStatusSummary": "includeOutput:bool includeVariables:bool",
    "getExecutionStatusTaskList": "start:int count:int status:[str]",
    "getRunningWorkflow": "version:int startTime:int endTime:int",
    "getWorkflowsByCorrelationId": "includeClosed:bool includeTasks:bool",
    "getWorkflowsByCorrelationIds": "includeClosed:bool includeTasks:bool",
    "search": f"{_PAGE} classifier:str topLevelOnly:bool",
    "searchV2": f"{_PAGE} classifier:str topLevelOnly:bool",
    "searchByTasks": _PAGE,
    "searchByTasksV2": _PAGE,
    "searchTasks": _PAGE,
    "searchTasksV2": _PAGE,
    "restart": "useLatestDefinitions:bool",
    "retry": "resumeSubworkflowTasks:bool",
    "terminate": "reason:str",
    "delete": "archiveWorkflow:bool",
    "terminateRemoveOne": "reason:str archiveWorkflow:bool",
    "restartWorkflows": "useLatestDefinitions:bool",
    "terminateWorkflows": "reason:str",
    "deleteWorkflows": "archiveWorkflow:bool",
    "terminateRemove": "reason:str archiveWorkflow:bool",
    "searchWorkflows": "includeTasks:bool",
    "poll": _WORKER,
    "batchPoll": f"{_WORKER} count:int timeout:int",
    "updateByRef": "workerid:str",
    "updateByRefSync": "workerid:str",
    "size": "taskType:[str]",
    "taskDepth": "taskType:str domain:str",
    "getPollData": "taskType:str",
    "view": "start:int count:int",
    "create": "overwrite:bool",
    "get": "version:int",
}
"""The parameters of the query, by operation, written as models are."""

TEXTS = frozenset(
    {
        "startWorkflow",
        "startWorkflowByName",
        "rerun",
        "updateTask",
        "updateByRef",
        "requeue",
        "requeueSweep",
        "verifyAndRepair",
        "getEnvironmentValue",
        "versionOfServer",
    }
)
"""What answers a plain text."""

CONDUCTOR = Shapes(
    models=MODELS,
    bodies=BODIES,
    answers=ANSWERS,
    queries=QUERIES,
    texts=TEXTS,
    error="ErrorResponse",
)
"""The shapes of Conductor's routes, by their operation."""
