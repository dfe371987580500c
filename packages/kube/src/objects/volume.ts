import type { ObjectFieldSelector, ResourceFieldSelector, ResourceRequirements } from './container.ts';
import type { LabelSelector, LocalObjectReference, ObjectMeta } from './metadata.ts';

/** Which key becomes which file. */
export interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
}

/** The keys of a ConfigMap as files. */
export interface ConfigMapVolumeSource extends LocalObjectReference {
  items?: KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
}

/** The keys of a Secret as files. */
export interface SecretVolumeSource {
  secretName?: string;
  items?: KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
}

/** One field of the pod as a file. */
export interface DownwardApiFile {
  path: string;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
  mode?: number;
}

/** Fields of the pod as files. */
export interface DownwardApiVolumeSource {
  items?: DownwardApiFile[];
  defaultMode?: number;
}

/** An empty folder that lives as long as the pod. */
export interface EmptyDirVolumeSource {
  medium?: string;
  sizeLimit?: string | number;
}

/** A file or folder of the machine. */
export interface HostPathVolumeSource {
  path: string;
  type?: string;
}

/** The volume of a PersistentVolumeClaim. */
export interface PersistentVolumeClaimVolumeSource {
  claimName: string;
  readOnly?: boolean;
}

/** A token of the pod's ServiceAccount as a file, renewed before it expires. */
export interface ServiceAccountTokenProjection {
  path: string;
  audience?: string;
  expirationSeconds?: number;
}

/** One source of a projected volume; one member is set. */
export interface VolumeProjection {
  secret?: LocalObjectReference & { items?: KeyToPath[]; optional?: boolean };
  configMap?: LocalObjectReference & { items?: KeyToPath[]; optional?: boolean };
  downwardAPI?: { items?: DownwardApiFile[] };
  serviceAccountToken?: ServiceAccountTokenProjection;
  clusterTrustBundle?: {
    name?: string;
    signerName?: string;
    labelSelector?: LabelSelector;
    optional?: boolean;
    path: string;
  };
}

/** Several sources in one folder. */
export interface ProjectedVolumeSource {
  sources?: VolumeProjection[];
  defaultMode?: number;
}

/** A volume of a CSI driver. */
export interface CsiVolumeSource {
  driver: string;
  readOnly?: boolean;
  fsType?: string;
  volumeAttributes?: Record<string, string>;
  nodePublishSecretRef?: LocalObjectReference;
}

/** What storage is asked for. */
export interface PersistentVolumeClaimSpec {
  accessModes?: string[];
  selector?: LabelSelector;
  resources?: ResourceRequirements;
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: 'Filesystem' | 'Block';
  dataSource?: Record<string, string>;
  dataSourceRef?: Record<string, string>;
  volumeAttributesClassName?: string;
}

/** The claim to make. */
export interface PersistentVolumeClaimTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PersistentVolumeClaimSpec;
}

/** What a volume is made of; exactly one member is set. The network volume types are in the schema only. */
export interface VolumeSource {
  emptyDir?: EmptyDirVolumeSource;
  hostPath?: HostPathVolumeSource;
  configMap?: ConfigMapVolumeSource;
  secret?: SecretVolumeSource;
  downwardAPI?: DownwardApiVolumeSource;
  projected?: ProjectedVolumeSource;
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  ephemeral?: { volumeClaimTemplate?: PersistentVolumeClaimTemplate };
  csi?: CsiVolumeSource;
  image?: { reference?: string; pullPolicy?: string };
}

/** A folder that containers of the pod may mount. */
export interface Volume extends VolumeSource {
  name: string;
}
