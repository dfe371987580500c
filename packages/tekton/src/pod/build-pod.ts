import {
  type Container,
  childName,
  type EnvVar,
  ownerReference,
  type Pod,
  type PodSpec,
  type PodTemplate,
  type Sidecar,
  STEPS_ANNOTATION,
  type Step,
  type TaskRun,
  type TaskSpec,
  type VolumeMount,
} from '@slipway/kube';
import { names, type TektonConfig } from '../config.ts';
import type { RunResources } from '../pipeline-resources/run-resources.ts';
import { timeoutMs } from '../taskrun/timeout.ts';
import {
  RESOURCES_ANNOTATION,
  TASK_SPEC_RESOURCES_ANNOTATION,
  WRITTEN_IN_ANNOTATION,
} from '../versions/annotations.ts';
import { without } from '../without.ts';
import type { Credentials } from './credentials.ts';
import { cleanPath, folders } from './folders.ts';
import { sidecarContainerName, stepContainerName } from './names.ts';
import { shareResources } from './resources.ts';
import { mergeResources, mergeStepTemplate } from './step-template.ts';
import { absoluteWorkingDir, stepsAnnotation } from './steps-annotation.ts';

/** The Pod outlives the run's timeout, so that it is the controller that ends it and says why. */
const DEADLINE_FACTOR = 1.5;
const LONGEST_DEADLINE_SECONDS = 2 ** 31 - 1;

/** Of the run alone. */
const NOT_INHERITED = [
  names.lastAppliedAnnotation,
  RESOURCES_ANNOTATION,
  TASK_SPEC_RESOURCES_ANNOTATION,
  WRITTEN_IN_ANNOTATION,
  names.resourceResultsAnnotation,
];

interface PodParts {
  readonly taskRun: TaskRun;
  /** Variables replaced, workspaces mounted. */
  readonly spec: TaskSpec;
  /** The run's pod template, variables replaced. */
  readonly podTemplate: PodTemplate;
  readonly credentials: Credentials;
  /** Undefined for a run that has no PipelineResources. */
  readonly resources?: RunResources | undefined;
  readonly config: TektonConfig;
}

/** The Pod's name follows from the run's, so that one run never has two at a time. */
export function podName(taskRun: TaskRun): string {
  const retries = taskRun.status?.retriesStatus?.length ?? 0;
  return childName(taskRun.metadata.name, retries > 0 ? `-pod-retry${retries}` : '-pod');
}

/**
 * The Pod of a TaskRun as a client sees Tekton's (pkg/pod/pod.go); what Tekton does with an injected binary is said
 * in the annotation `slipway.dev/steps`.
 */
export function buildPod(parts: PodParts): Pod {
  const { taskRun, spec, credentials, resources } = parts;
  const template = mergeStepTemplate(spec.steps ?? [], spec.stepTemplate);
  const steps = shareResources(
    mergeResources(template, taskRun.spec.stepSpecs),
    taskRun.spec.computeResources,
  );
  const { metadata } = taskRun;
  const order = stepsAnnotation(spec, steps, credentials.orders, resources?.folders);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(taskRun),
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels: podLabels(parts),
      annotations: { ...podAnnotations(parts), [STEPS_ANNOTATION]: JSON.stringify(order) },
      ownerReferences: [ownerReference(taskRun, { controller: true })],
    },
    spec: podSpec(parts, steps),
  };
}

function podLabels({ taskRun, config }: PodParts): Record<string, string> {
  return {
    ...taskRun.metadata.labels,
    [names.taskRunLabel]: taskRun.metadata.name,
    [names.taskRunUidLabel]: taskRun.metadata.uid ?? '',
    [names.managedByLabel]: config.managedBy,
  };
}

function podAnnotations({ taskRun, config, resources }: PodParts): Record<string, string> {
  const inherited = without(taskRun.metadata.annotations ?? {}, ...NOT_INHERITED);
  const orders = resources?.results ?? [];
  return {
    ...inherited,
    [names.releaseAnnotation]: config.release,
    [names.readyAnnotation]: 'READY',
    ...(orders.length > 0 ? { [names.resourceResultsAnnotation]: JSON.stringify(orders) } : {}),
  };
}

function podSpec({ taskRun, spec, podTemplate, credentials, config }: PodParts, steps: Step[]): PodSpec {
  const { env = [], volumes = [], ...template } = podTemplate;
  const sidecars = mergeResources(spec.sidecars ?? [], taskRun.spec.sidecarSpecs);
  const allVolumes = [...credentials.volumes, ...(spec.volumes ?? []), ...volumes];
  const timeout = timeoutMs(taskRun, config);
  const deadline = timeout === 0 ? LONGEST_DEADLINE_SECONDS : Math.ceil((timeout / 1000) * DEADLINE_FACTOR);
  return {
    ...template,
    restartPolicy: 'Never',
    activeDeadlineSeconds: Math.min(deadline, LONGEST_DEADLINE_SECONDS),
    serviceAccountName: taskRun.spec.serviceAccountName || config.defaultServiceAccount,
    ...(allVolumes.length > 0 ? { volumes: allVolumes } : {}),
    containers: [
      ...steps.map((step, index) => stepContainer(step, index, env, credentials.mounts)),
      ...sidecars.map(sidecarContainer),
    ],
  };
}

function stepContainer(
  step: Step,
  index: number,
  extraEnv: readonly EnvVar[],
  extraMounts: readonly VolumeMount[],
): Container {
  const { name, image, command, args, workingDir, computeResources, env, volumeMounts, ...rest } = step;
  const taken = new Set((volumeMounts ?? []).map((mount) => cleanPath(mount.mountPath)));
  const mounts = [
    ...(volumeMounts ?? []),
    ...extraMounts.filter((mount) => !taken.has(cleanPath(mount.mountPath))),
  ];
  const allEnv = [...(env ?? []), ...extraEnv];
  const { envFrom, volumeDevices, imagePullPolicy, securityContext } = rest;
  return {
    name: stepContainerName(name, index),
    ...(image ? { image } : {}),
    ...(command && !step.script ? { command } : {}),
    ...(args ? { args } : {}),
    ...(workingDir ? { workingDir: absoluteWorkingDir(workingDir) } : {}),
    ...(envFrom ? { envFrom } : {}),
    ...(allEnv.length > 0 ? { env: allEnv } : {}),
    ...(computeResources ? { resources: computeResources } : {}),
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
    ...(volumeDevices ? { volumeDevices } : {}),
    ...(imagePullPolicy ? { imagePullPolicy } : {}),
    ...(securityContext ? { securityContext } : {}),
    terminationMessagePath: folders.termination,
  };
}

function sidecarContainer(sidecar: Sidecar): Container {
  const { name, script: _, workspaces: __, computeResources, ...container } = sidecar;
  return {
    ...container,
    name: sidecarContainerName(name),
    ...(computeResources ? { resources: computeResources } : {}),
  };
}
