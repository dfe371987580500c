/**
 * The annotation of a Pod that orders its containers as Tekton orders steps: what Tekton says with the entrypoint binary that it
 * injects, said as data. `@slipway/tekton` writes it, `@slipway/pods` executes it.
 */
export const STEPS_ANNOTATION = 'slipway.dev/steps';

/** One step: a container that starts when the one before has ended. */
export interface StepOrder {
  readonly container: string;
  /** The file that runs instead of the image's command, shebang included; the container's args are its arguments. */
  readonly script?: string;
  readonly timeoutSeconds?: number;
  readonly onError: 'continue' | 'stopAndFail';
  /** Results of the step itself, under `/tekton/steps/<container>/results`. */
  readonly results: readonly string[];
  /** Files in the container that get a copy of what it wrote. */
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A Secret of the ServiceAccount and what of it becomes credentials, after Tekton's docs/auth.md. */
export interface CredentialOrder {
  readonly secret: string;
  readonly kind: 'basic-docker' | 'docker-config' | 'docker-cfg' | 'basic-git' | 'ssh-git';
  /** The server that a `basic-*` or `ssh-git` credential is for. */
  readonly url?: string;
}

/** The value of the annotation, as JSON. */
export interface StepsAnnotation {
  readonly version: 1;
  readonly steps: readonly StepOrder[];
  /** The Task's results. */
  readonly results: { readonly directory: string; readonly names?: readonly string[] };
  /** Folders that are made before the first step. */
  readonly workingDirs: readonly string[];
  /** Scripts of sidecars; sidecars without one are ordinary containers. */
  readonly sidecars?: readonly { readonly container: string; readonly script: string }[];
  readonly credentials?: readonly CredentialOrder[];
}
