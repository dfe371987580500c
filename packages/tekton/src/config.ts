/** What a platform may set of the controller, after Tekton's config-defaults and feature-flags ConfigMaps. */
export interface TektonConfig {
  /** Minutes that a TaskRun or a PipelineRun may take when it does not say; 0 is without limit. Default 60. */
  readonly defaultTimeoutMinutes: number;
  /** Default `default`. */
  readonly defaultServiceAccount: string;
  /** Value of the label `app.kubernetes.io/managed-by`. Default `tekton-pipelines`. */
  readonly managedBy: string;
  /** Value of the annotation `pipeline.tekton.dev/release`. */
  readonly release: string;
  /**
   * The reason of a TaskRun whose step failed: `StepFailed` since Tekton v1.12, `Failed` before; Tekton's own
   * conformance suite still asserts the latter.
   */
  readonly stepFailedReason: 'StepFailed' | 'Failed';
  /** How long an image may stay in ImagePullBackOff before the TaskRun fails, in milliseconds. Default 0. */
  readonly imagePullBackOffTimeoutMs: number;
  /** The image of the steps that bring PipelineResources: it has Node, git and busybox. Default `docker.io/slipway/executor:latest`. */
  readonly resourceImage: string;
  /** Largest termination message of a step in bytes; results must fit in it. Default 4096. */
  readonly maxResultSize: number;
}

export const defaultConfig: TektonConfig = {
  defaultTimeoutMinutes: 60,
  defaultServiceAccount: 'default',
  managedBy: 'tekton-pipelines',
  release: 'slipway',
  stepFailedReason: 'StepFailed',
  imagePullBackOffTimeoutMs: 0,
  resourceImage: 'docker.io/slipway/executor:latest',
  maxResultSize: 4096,
};

/** The labels and annotations by which Tekton, its clients and Slipway know each other's objects. */
export const names = {
  managedByLabel: 'app.kubernetes.io/managed-by',
  taskLabel: 'tekton.dev/task',
  pipelineLabel: 'tekton.dev/pipeline',
  pipelineRunLabel: 'tekton.dev/pipelineRun',
  pipelineRunUidLabel: 'tekton.dev/pipelineRunUID',
  pipelineTaskLabel: 'tekton.dev/pipelineTask',
  memberOfLabel: 'tekton.dev/memberOf',
  conditionCheckLabel: 'tekton.dev/conditionCheck',
  taskRunLabel: 'tekton.dev/taskRun',
  taskRunUidLabel: 'tekton.dev/taskRunUID',
  releaseAnnotation: 'pipeline.tekton.dev/release',
  readyAnnotation: 'tekton.dev/ready',
  onErrorAnnotation: 'pipeline.tekton.dev/pipeline-task-on-error',
  resourceResultsAnnotation: 'slipway.dev/resource-results',
  conditionsAnnotation: 'slipway.dev/conditions',
  lastAppliedAnnotation: 'kubectl.kubernetes.io/last-applied-configuration',
} as const;
