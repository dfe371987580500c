import {
  type KubeObject,
  type Pipeline,
  type PipelineRun,
  splitApiVersion,
  type Task,
  type TaskRun,
} from '@slipway/kube';
import { defaultTaskRun, defaultTaskSpec } from '../admission/defaults.ts';
import { defaultPipelineRun, defaultPipelineSpec } from '../admission/pipeline-defaults.ts';
import { defaultConfig, type TektonConfig } from '../config.ts';
import { annotated, unannotated, withAnnotations } from './annotate.ts';
import {
  type PipelineTasksResources,
  RESOURCES_ANNOTATION,
  readAnnotation,
  TASKS_RESOURCES_ANNOTATION,
} from './annotations.ts';
import { isFilled, type Json, jsonOf } from './json.ts';
import {
  pipelineRunToAlpha,
  pipelineRunToBeta,
  pipelineRunToBetaFromV1,
  pipelineRunToV1,
} from './pipeline-run.ts';
import {
  pipelineSpecToBeta,
  pipelineSpecToBetaFromV1,
  pipelineSpecToV1,
  tasksResources,
} from './pipeline-spec.ts';
import type { Rewriting } from './references.ts';
import { taskRunToBeta, taskRunToBetaFromV1, taskRunToV1 } from './task-run.ts';
import { declaredResources, taskSpecToBeta, taskSpecToBetaFromV1, taskSpecToV1 } from './task-spec.ts';

type Note = Rewriting['note'];

/** The steps between the versions of one kind. */
interface Steps {
  alphaToBeta(object: KubeObject, note: Note): KubeObject;
  betaToV1(object: KubeObject, note: Note): KubeObject;
  v1ToBeta(object: KubeObject): KubeObject;
  betaToAlpha(object: KubeObject): KubeObject;
  /** What admission would set in a v1 object. */
  complete(object: KubeObject, config: TektonConfig): void;
}

const task: Steps = {
  alphaToBeta: (object, note) => ({ ...object, spec: taskSpecToBeta(jsonOf(object.spec), note) }),
  betaToV1(object, note) {
    const spec = jsonOf(object.spec);
    const values = { [RESOURCES_ANNOTATION]: declaredResources(spec) };
    const metadata = withAnnotations(object.metadata, annotated(object.metadata.annotations, values));
    return { ...object, metadata, spec: taskSpecToV1(spec, note) };
  },
  v1ToBeta(object) {
    const { annotations } = object.metadata;
    const resources = readAnnotation<Json>(annotations, RESOURCES_ANNOTATION);
    const kept = unannotated(annotations, resources ? [RESOURCES_ANNOTATION] : []);
    const metadata = withAnnotations(object.metadata, kept);
    return { ...object, metadata, spec: taskSpecToBetaFromV1(jsonOf(object.spec), resources) };
  },
  betaToAlpha: (object) => object,
  complete: (object) => defaultTaskSpec((object as Task).spec),
};

const taskRun: Steps = {
  alphaToBeta: taskRunToBeta,
  betaToV1: taskRunToV1,
  v1ToBeta: taskRunToBetaFromV1,
  betaToAlpha: (object) => object,
  complete: (object, config) => defaultTaskRun(object as TaskRun, config, false),
};

const pipeline: Steps = {
  alphaToBeta(object, note) {
    const { status, ...rest } = object as KubeObject & { status?: unknown };
    return { ...rest, spec: pipelineSpecToBeta(jsonOf(object.spec), note) } as KubeObject;
  },
  betaToV1(object, note) {
    const spec = jsonOf(object.spec);
    const annotations = annotated(object.metadata.annotations, {
      [RESOURCES_ANNOTATION]: spec.resources,
      [TASKS_RESOURCES_ANNOTATION]: tasksResources(spec),
    });
    const metadata = withAnnotations(object.metadata, annotations);
    return { ...object, metadata, spec: pipelineSpecToV1(spec, note) };
  },
  v1ToBeta(object) {
    const { annotations } = object.metadata;
    const resources = readAnnotation<Json>(annotations, RESOURCES_ANNOTATION);
    const byTask = readAnnotation<PipelineTasksResources>(annotations, TASKS_RESOURCES_ANNOTATION);
    const used = [
      ...(isFilled(resources) ? [RESOURCES_ANNOTATION] : []),
      ...(byTask ? [TASKS_RESOURCES_ANNOTATION] : []),
    ];
    const metadata = withAnnotations(object.metadata, unannotated(annotations, used));
    const spec = pipelineSpecToBetaFromV1(jsonOf(object.spec), resources, byTask ?? {});
    return { ...object, metadata, spec };
  },
  betaToAlpha: (object) => object,
  complete: (object) => defaultPipelineSpec((object as Pipeline).spec),
};

const pipelineRun: Steps = {
  alphaToBeta: pipelineRunToBeta,
  betaToV1: pipelineRunToV1,
  v1ToBeta: pipelineRunToBetaFromV1,
  betaToAlpha: pipelineRunToAlpha,
  complete: (object, config) => defaultPipelineRun(object as PipelineRun, config, false),
};

const KINDS: Readonly<Record<string, Steps>> = {
  Task: task,
  ClusterTask: task,
  TaskRun: taskRun,
  Pipeline: pipeline,
  PipelineRun: pipelineRun,
};

const GROUP = 'tekton.dev';
const VERSIONS = ['v1alpha1', 'v1beta1', 'v1'];

export interface ConvertOptions {
  readonly config?: Partial<TektonConfig>;
  /** Is told of each text whose variables got today's spelling. */
  readonly note?: ((before: string, after: string) => void) | undefined;
}

/**
 * A Task, ClusterTask, TaskRun, Pipeline or PipelineRun in another version of tekton.dev; other kinds come back as they are. Into v1
 * it is complete, as admission leaves it, and what v1 cannot say is in annotations. The object given is not changed.
 */
export function convertVersion(
  object: KubeObject,
  version: string,
  options: ConvertOptions = {},
): KubeObject {
  const kind = KINDS[object.kind];
  let at = VERSIONS.indexOf(splitApiVersion(object.apiVersion).version);
  const to = VERSIONS.indexOf(version);
  if (kind === undefined || at < 0 || to < 0 || at === to) return object;
  let result = structuredClone(object);
  for (; at < to; at++) {
    result = at === 0 ? kind.alphaToBeta(result, options.note) : kind.betaToV1(result, options.note);
  }
  for (; at > to; at--) result = at === 2 ? kind.v1ToBeta(result) : kind.betaToAlpha(result);
  const named = { ...result, apiVersion: `${GROUP}/${version}` };
  if (version === 'v1') kind.complete(named, { ...defaultConfig, ...options.config });
  return named;
}
