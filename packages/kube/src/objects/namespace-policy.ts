import type { ResourceList } from './container.ts';
import type { KubeObject } from './metadata.ts';

/** The limits of one kind of thing: `Container`, `Pod`, `PersistentVolumeClaim`. */
export interface LimitRangeItem {
  type: string;
  max?: ResourceList;
  min?: ResourceList;
  /** The limit where a container has none. */
  default?: ResourceList;
  /** The request where a container has none. */
  defaultRequest?: ResourceList;
  maxLimitRequestRatio?: ResourceList;
}

/** Defaults and bounds for what containers of a namespace may use. */
export interface LimitRange extends KubeObject {
  apiVersion: 'v1';
  kind: 'LimitRange';
  spec?: { limits: LimitRangeItem[] };
}

/** A name for ports of pods. */
export interface Service extends KubeObject {
  apiVersion: 'v1';
  kind: 'Service';
  spec?: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    externalName?: string;
    selector?: Record<string, string>;
    ports?: {
      name?: string;
      protocol?: string;
      port: number;
      targetPort?: number | string;
      nodePort?: number;
    }[];
  };
}
