import { posix } from 'node:path';

/** The folders that Tekton gives every step (tektoncd/pipeline docs/developers/taskruns.md). */
export const folders = {
  workspace: '/workspace',
  home: '/tekton/home',
  results: '/tekton/results',
  steps: '/tekton/steps',
  artifacts: '/tekton/artifacts',
  credentials: '/tekton/creds',
  credentialSecrets: '/tekton/creds-secrets',
  termination: '/tekton/termination',
  /** HOME of every step, and shared by them, before Tekton v0.9. */
  oldHome: '/builder/home',
} as const;

/** Where a workspace is mounted when its declaration does not say. */
export function workspacePath(workspace: { name: string; mountPath?: string | undefined }): string {
  return workspace.mountPath || `${folders.workspace}/${workspace.name}`;
}

/** A path as mounts compare it: `/data/` and `/data` are one. */
export function cleanPath(path: string): string {
  return posix.resolve('/', path);
}
