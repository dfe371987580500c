import type { TaskSpec, WorkspaceBinding } from '@slipway/kube';
import { cleanPath, workspacePath } from '../pod/folders.ts';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';

/** Declared workspaces: unique names, mount paths that nothing else takes. Paths start with `workspaces`. */
export function validateDeclaredWorkspaces(spec: TaskSpec): FieldErrors {
  const errors = new FieldErrors();
  const mounts = [...(spec.steps ?? []), spec.stepTemplate ?? {}].flatMap((part) => part.volumeMounts ?? []);
  const taken = new Set(mounts.map((mount) => cleanPath(mount.mountPath ?? '')));
  const names = new Set<string>();
  for (const [index, workspace] of (spec.workspaces ?? []).entries()) {
    const path = `workspaces[${index}]`;
    if (names.has(workspace.name)) {
      errors.add(`workspace name ${quote(workspace.name)} must be unique`, `${path}.name`);
    }
    names.add(workspace.name);
    const mountPath = cleanPath(workspacePath(workspace));
    if (taken.has(mountPath)) {
      errors.add(`workspace mount path ${quote(mountPath)} must be unique`, `${path}.mountPath`);
    }
    taken.add(mountPath);
  }
  return errors;
}

/** Steps and sidecars may use declared workspaces only. */
export function validateWorkspaceUse(spec: TaskSpec): FieldErrors {
  const errors = new FieldErrors();
  const declared = new Set((spec.workspaces ?? []).map((workspace) => workspace.name));
  for (const field of ['steps', 'sidecars'] as const) {
    for (const [index, user] of (spec[field] ?? []).entries()) {
      for (const [usage, { name }] of (user.workspaces ?? []).entries()) {
        if (declared.has(name)) continue;
        errors.add(`undefined workspace ${quote(name)}`, `${field}[${index}].workspaces[${usage}].name`);
      }
    }
  }
  return errors;
}

const SOURCES = [
  'volumeClaimTemplate',
  'persistentVolumeClaim',
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'csi',
] as const;

/** What Tekton's messages list, whatever else is possible. */
const LISTED = ['persistentvolumeclaim', 'volumeclaimtemplate', 'emptydir', 'configmap', 'secret'];

/** The workspaces that a run binds: one source each, with the name it needs. Paths start with `[index]`. */
export function validateBindings(bindings: readonly WorkspaceBinding[]): FieldErrors {
  const errors = new FieldErrors();
  const seen = new Set<string>();
  for (const [index, binding] of bindings.entries()) {
    errors.merge(`[${index}]`, validateBinding(binding));
    const name = (binding.name ?? '').toLowerCase();
    if (seen.has(name)) errors.gotBoth(`[${index}].name`);
    seen.add(name);
  }
  return errors;
}

/** One binding; paths are relative to it. */
export function validateBinding(binding: WorkspaceBinding): FieldErrors {
  const errors = new FieldErrors();
  const sources = SOURCES.filter((source) => binding[source] !== undefined && binding[source] !== null);
  if (sources.length > 1) return errors.gotBoth(...LISTED);
  if (sources.length === 0) return errors.gotNeither(...LISTED);
  if (binding.persistentVolumeClaim && !binding.persistentVolumeClaim.claimName) {
    errors.missing('persistentVolumeClaim.claimName');
  }
  if (binding.configMap && !binding.configMap.name) errors.missing('configMap.name');
  if (binding.secret && !binding.secret.secretName) errors.missing('secret.secretName');
  if (binding.projected && (binding.projected.sources ?? []).length === 0)
    errors.missing('projected.sources');
  if (binding.csi && !binding.csi.driver) errors.missing('csi.driver');
  return errors;
}
