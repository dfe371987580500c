import { j, struct, type TypeTable } from '../table.ts';

const bindingFields = {
  name: j('string!', 'Name of the resource as it is declared.'),
  resourceRef: j('PipelineResourceRef', 'The PipelineResource, by name.'),
  resourceSpec: j('PipelineResourceSpec', 'The PipelineResource itself, instead of resourceRef.'),
};

const TYPE = 'git, image, storage, cluster, pullRequest or cloudEvent.';

/** What Tasks, Pipelines and their runs say of PipelineResources, before tekton.dev/v1. */
export const resourceTypes: TypeTable = {
  PipelineResourceSpec: struct('What goes into a Task or comes out of it.', {
    type: j('string!', TYPE),
    description: j('string', 'What it is, for people.'),
    params: j('ResourceParam[]', 'What it is in detail, as its type wants it.'),
    secrets: j('SecretParam[]', 'Fields that come from Secrets.'),
  }),
  ResourceParam: struct('One detail of a PipelineResource.', {
    name: j('string!', 'Its name; case does not matter.'),
    value: j('string!', 'Its value.'),
  }),
  SecretParam: struct('A field that comes from a Secret.', {
    fieldName: j('string!', 'Name of the field.'),
    secretKey: j('string!', 'Key in the Secret.'),
    secretName: j('string!', 'Name of the Secret.'),
  }),
  PipelineResourceRef: struct('A PipelineResource.', {
    name: j('string', 'Its name.'),
    apiVersion: j('string', 'Its API version.'),
  }),
  TaskResources: struct('PipelineResources that a Task takes and gives.', {
    inputs: j('TaskResource[]', 'What it takes.'),
    outputs: j('TaskResource[]', 'What it gives.'),
  }),
  TaskResource: struct('A PipelineResource that a Task takes or gives.', {
    name: j('string!', 'The name, as in $(resources.inputs.name.url).'),
    type: j('string!', TYPE),
    description: j('string', 'What it is, for people.'),
    targetPath: j('string', 'Where it appears, below /workspace. Default: its name.'),
    outputImageDir: j('string', 'Where the OCI layout of an image appears (Tekton before v0.10).'),
    optional: j('boolean', 'Whether a run may leave it out. Default false.'),
  }),
  TaskRunResources: struct('PipelineResources for a Task.', {
    inputs: j('TaskResourceBinding[]', 'For those that it takes.'),
    outputs: j('TaskResourceBinding[]', 'For those that it gives.'),
  }),
  TaskResourceBinding: struct('The PipelineResource for one that a Task declares.', {
    ...bindingFields,
    paths: j('string[]', 'Where it is on the volume of the PipelineRun.'),
  }),
  ResourceResult: struct('What a PipelineResource gave.', {
    key: j('string', 'commit, url, digest.'),
    value: j('string', 'The value.'),
    resourceName: j('string', 'Name of the resource as it is declared.'),
    resourceRef: j('PipelineResourceRef', 'The PipelineResource.'),
    name: j('string', 'Name of the PipelineResource, as Tekton before v0.8 said it.'),
    digest: j('string', 'The digest of an image, as Tekton before v0.8 said it.'),
    type: j('any'),
  }),
  CloudEventDelivery: struct('An event and whether it was sent.', {
    target: j('string', 'Where it goes.'),
    status: j('CloudEventDeliveryState', 'Whether it was sent.'),
  }),
  CloudEventDeliveryState: struct('Whether an event was sent.', {
    condition: j('string', 'Unknown, Sent or Failed.'),
    sentAt: j('time', 'When it was sent.'),
    message: j('string', 'Why it was not sent.'),
    retryCount: j('int32', 'How often it was tried again.'),
  }),
  PipelineDeclaredResource: struct('A PipelineResource that a Pipeline wants from its runs.', {
    name: j('string!', 'The name.'),
    type: j('string!', TYPE),
    optional: j('boolean', 'Whether a run may leave it out. Default false.'),
  }),
  PipelineResourceBinding: struct('The PipelineResource for one that a Pipeline declares.', bindingFields),
  PipelineTaskResources: struct("The Pipeline's resources that a task gets.", {
    inputs: j('PipelineTaskInputResource[]', 'For those that it takes.'),
    outputs: j('PipelineTaskOutputResource[]', 'For those that it gives.'),
  }),
  PipelineTaskInputResource: struct("The Pipeline's resource for one that a task takes.", {
    name: j('string!', 'Name of the resource as the Task declares it.'),
    resource: j('string!', 'Name of the resource as the Pipeline declares it.'),
    from: j('string[]', 'Tasks that run before, and give the resource.'),
  }),
  PipelineTaskOutputResource: struct("The Pipeline's resource for one that a task gives.", {
    name: j('string!', 'Name of the resource as the Task declares it.'),
    resource: j('string!', 'Name of the resource as the Pipeline declares it.'),
  }),
  PipelineTaskCondition: struct('A Condition that must be true for the task to run.', {
    conditionRef: j('string!', 'Name of the Condition.'),
    params: j('Param[]', 'Values of its parameters.'),
    resources: j('PipelineTaskInputResource[]', "The Pipeline's resources for those that it declares."),
  }),
};
