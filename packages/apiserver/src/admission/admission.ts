import type { KubeObject, ResourceType } from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';

/** A write that is about to happen. Plugins may change `object`; they must not change `oldObject`. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly type: ResourceType;
  /** Empty for cluster scope. */
  readonly namespace: string;
  readonly name: string;
  /** What will be stored; for DELETE what will be removed. */
  readonly object: KubeObject;
  readonly oldObject?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly subresource?: string;
  /** Adds a warning to the answer, which kubectl prints. */
  readonly warn: (text: string) => void;
}

/** One step of admission: changes the object (defaults), or refuses it by throwing a StatusError. */
export interface AdmissionPlugin {
  readonly name: string;
  admit(request: AdmissionRequest): Promise<void> | void;
}
