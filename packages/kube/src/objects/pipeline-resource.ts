import type { KubeObject } from './metadata.ts';

/** What goes into a Task or comes out of it: a Git repository, an image, … (tekton.dev/v1alpha1 PipelineResource). */
export interface PipelineResource extends KubeObject {
  apiVersion: 'tekton.dev/v1alpha1';
  kind: 'PipelineResource';
  spec: PipelineResourceSpec;
}

/** What a PipelineResource is; also where it is written in place, as `resourceSpec`. */
export interface PipelineResourceSpec {
  /** `git`, `image`, `storage`, `cluster`, `pullRequest` or `cloudEvent`. */
  type: string;
  description?: string;
  params?: ResourceParam[];
  secrets?: SecretParam[];
}

/** A parameter of a PipelineResource; names are compared without regard to case. */
export interface ResourceParam {
  name: string;
  value: string;
}

/** A member of a Secret that a PipelineResource takes a field from. */
export interface SecretParam {
  fieldName: string;
  secretName: string;
  secretKey: string;
}
