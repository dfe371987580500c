import {
  type KubeObject,
  type ResourceType,
  resources,
  StatusError,
  type Task,
  type TaskRun,
} from '@slipway/kube';
import { defaultConfig, type TektonConfig } from '../config.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { validateTaskRun, validateTaskRunUpdate } from '../validation/task-run.ts';
import { validateTask } from '../validation/task-spec.ts';
import { defaultTaskRun, defaultTaskSpec } from './defaults.ts';

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

/** Defaulting and validation of Tasks and TaskRuns at admission, with Tekton's words and the field's path. */
export function tektonAdmission(options: Partial<TektonConfig> = {}): TektonAdmission {
  const config = { ...defaultConfig, ...options };
  return {
    name: 'tekton',
    admit(request) {
      const { operation, object, subresource, type } = request;
      if (operation === 'DELETE' || subresource || !object || type.group !== resources.tasks.group) return;
      if (object.metadata.deletionTimestamp) return; // only its finalizers change any more
      const errors = type.plural === 'tasks' ? admitTask(object) : admitTaskRun(request, config);
      if (errors && !errors.isEmpty) throw denied(errors);
    },
  };
}

function admitTask(object: KubeObject): FieldErrors {
  const task = object as Task;
  defaultTaskSpec(task.spec);
  return validateTask(task);
}

function admitTaskRun(request: TektonAdmissionRequest, config: TektonConfig): FieldErrors | undefined {
  if (request.type.plural !== 'taskruns') return undefined;
  const taskRun = request.object as TaskRun;
  defaultTaskRun(taskRun, config, request.operation === 'CREATE');
  const errors = validateTaskRun(taskRun);
  if (request.operation === 'UPDATE' && request.oldObject) {
    errors.merge('', validateTaskRunUpdate(taskRun, request.oldObject as TaskRun));
  }
  return errors;
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
