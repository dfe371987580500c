// What a resource of a Task is called in v1. Runs and Pipelines follow the same names, so that each file can be
// converted without the others.

/** The param that holds a variable of a resource: `docker-image-url`. */
export const resourceParam = (resource: string, key: string): string => `${resource}-${key}`;

/** The task of a Pipeline that clones a git resource. */
export const fetchTask = (resource: string): string => `fetch-${resource}`;

/** The Task that clones; `packages/catalog/tasks/git-clone.yaml`, with the params of the well-known one. */
export const GIT_CLONE = 'git-clone';

/** The revision of a git resource that names none (Tekton's pkg/apis/resource, until v0.43). */
export const DEFAULT_REVISION = 'master';

/** Types whose files become a workspace. */
export const FILE_TYPES: ReadonlySet<string | undefined> = new Set(['git', 'storage']);
