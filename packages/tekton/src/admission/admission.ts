import {
  type KubeObject,
  type Pipeline,
  type PipelineRun,
  type ResourceType,
  resources,
  StatusError,
  type Task,
  type TaskRun,
} from '@slipway/kube';
import { defaultConfig, type TektonConfig } from '../config.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { validatePipelineRun, validatePipelineRunUpdate } from '../validation/pipeline-run.ts';
import { validatePipeline } from '../validation/pipeline-spec.ts';
import { validateTaskRun, validateTaskRunUpdate } from '../validation/task-run.ts';
import { validateTask } from '../validation/task-spec.ts';
import { defaultTaskRun, defaultTaskSpec } from './defaults.ts';
import { forgetOlderConfiguration } from './moved-version.ts';
import { admitCondition, admitOlder, admitPipelineResource, isOlder } from './older-version.ts';
import { defaultPipelineRun, defaultPipelineSpec } from './pipeline-defaults.ts';

/** What an API server asks before it stores an object; the part of it that Tekton's admission reads. */
export interface TektonAdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly type: Pick<ResourceType, 'group' | 'plural'>;
  object?: KubeObject | undefined;
  readonly oldObject?: KubeObject | undefined;
  readonly subresource?: string | undefined;
}

export interface TektonAdmission {
  readonly name: string;
  /** Completes `request.object` in place, or throws a StatusError BadRequest as Tekton's webhook answers. */
  admit(request: TektonAdmissionRequest): void;
}

/** Defaulting and validation of Tasks, Pipelines and their runs at admission, with Tekton's words and the field's path. */
export function tektonAdmission(options: Partial<TektonConfig> = {}): TektonAdmission {
  const config = { ...defaultConfig, ...options };
  return {
    name: 'tekton',
    admit(request) {
      const { operation, object, oldObject, subresource, type } = request;
      if (operation === 'DELETE' || subresource || !object || type.group !== resources.tasks.group) return;
      if (object.metadata.deletionTimestamp) return; // only its finalizers change any more
      const admit = ADMIT[type.plural];
      if (admit === undefined) return;
      const full = { ...request, object };
      if (oldObject !== undefined) forgetOlderConfiguration(object, oldObject);
      const isConverted = !UNCONVERTED.includes(type.plural) && isOlder(object);
      const errors = isConverted ? admitOlder(full, config, admit) : admit(full, config);
      if (!errors.isEmpty) throw denied(errors);
    },
  };
}

type Admit = (
  request: TektonAdmissionRequest & { readonly object: KubeObject },
  config: TektonConfig,
) => FieldErrors;

const ADMIT: Readonly<Record<string, Admit>> = {
  tasks: admitTask,
  clustertasks: admitTask,
  taskruns: admitRun(defaultTaskRun, validateTaskRun, validateTaskRunUpdate),
  pipelines: admitPipeline,
  pipelineruns: admitRun(defaultPipelineRun, validatePipelineRun, validatePipelineRunUpdate),
  pipelineresources: admitPipelineResource,
  conditions: admitCondition,
};

/** Kinds that there are in v1alpha1 only. */
const UNCONVERTED = ['pipelineresources', 'conditions'];

function admitTask({ object }: Parameters<Admit>[0]): FieldErrors {
  const task = object as Task;
  defaultTaskSpec(task.spec);
  return validateTask(task);
}

/** Runs are completed, then checked; of a change it is checked, too, whether a run may be changed so. */
function admitRun<T extends TaskRun | PipelineRun>(
  complete: (run: T, config: TektonConfig, isNew: boolean) => void,
  validate: (run: T) => FieldErrors,
  validateUpdate: (run: T, before: T) => FieldErrors,
): Admit {
  return ({ object, oldObject, operation }, config) => {
    const run = object as T;
    complete(run, config, operation === 'CREATE');
    const errors = validate(run);
    if (operation !== 'UPDATE' || oldObject === undefined) return errors;
    return errors.merge('', validateUpdate(run, oldObject as T));
  };
}

function admitPipeline({ object }: Parameters<Admit>[0]): FieldErrors {
  const pipeline = object as Pipeline;
  defaultPipelineSpec(pipeline.spec);
  return validatePipeline(pipeline);
}

function denied(errors: FieldErrors): StatusError {
  const webhook = 'validation.webhook.pipeline.tekton.dev';
  const error = StatusError.badRequest(
    `admission webhook "${webhook}" denied the request: validation failed: ${errors}`,
  );
  const causes = errors.problems.flatMap(({ message, paths }) =>
    paths.map((field) => ({ reason: 'FieldValueInvalid', message, field })),
  );
  return new StatusError({ ...error.status, details: { causes } });
}
