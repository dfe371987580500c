import { f, struct, type TypeTable } from '../table.ts';

/** Volumes that one machine can provide (core/v1). */
export const volumeTypes: TypeTable = {
  Volume: struct(
    'A folder that containers of the pod may mount.',
    {
      name: f(1, 'string!', 'A DNS label, unique in the pod.'),
    },
    { inline: [[2, 'VolumeSource']] },
  ),
  VolumeSource: struct('What a volume is made of; one member is set.', {
    hostPath: f(1, 'HostPathVolumeSource'),
    emptyDir: f(2, 'EmptyDirVolumeSource'),
    gcePersistentDisk: f(3, 'GCEPersistentDiskVolumeSource'),
    awsElasticBlockStore: f(4, 'AWSElasticBlockStoreVolumeSource'),
    gitRepo: f(5, 'GitRepoVolumeSource'),
    secret: f(6, 'SecretVolumeSource'),
    nfs: f(7, 'NFSVolumeSource'),
    iscsi: f(8, 'ISCSIVolumeSource'),
    glusterfs: f(9, 'GlusterfsVolumeSource'),
    persistentVolumeClaim: f(10, 'PersistentVolumeClaimVolumeSource'),
    rbd: f(11, 'RBDVolumeSource'),
    flexVolume: f(12, 'FlexVolumeSource'),
    cinder: f(13, 'CinderVolumeSource'),
    cephfs: f(14, 'CephFSVolumeSource'),
    flocker: f(15, 'FlockerVolumeSource'),
    downwardAPI: f(16, 'DownwardAPIVolumeSource'),
    fc: f(17, 'FCVolumeSource'),
    azureFile: f(18, 'AzureFileVolumeSource'),
    configMap: f(19, 'ConfigMapVolumeSource'),
    vsphereVolume: f(20, 'VsphereVirtualDiskVolumeSource'),
    quobyte: f(21, 'QuobyteVolumeSource'),
    azureDisk: f(22, 'AzureDiskVolumeSource'),
    photonPersistentDisk: f(23, 'PhotonPersistentDiskVolumeSource'),
    projected: f(26, 'ProjectedVolumeSource'),
    portworxVolume: f(24, 'PortworxVolumeSource'),
    scaleIO: f(25, 'ScaleIOVolumeSource'),
    storageos: f(27, 'StorageOSVolumeSource'),
    csi: f(28, 'CSIVolumeSource'),
    ephemeral: f(29, 'EphemeralVolumeSource'),
    image: f(30, 'ImageVolumeSource'),
  }),
  EmptyDirVolumeSource: struct('An empty folder that lives as long as the pod.', {
    medium: f(1, 'string', 'Memory for a tmpfs.'),
    sizeLimit: f(2, 'quantity?', 'At most this much.'),
  }),
  HostPathVolumeSource: struct('A file or folder of the machine.', {
    path: f(1, 'string!', 'Path on the machine.'),
    type: f(2, 'string?', 'What must be there, or is made.', {
      oneOf: [
        '',
        'DirectoryOrCreate',
        'Directory',
        'FileOrCreate',
        'File',
        'Socket',
        'CharDevice',
        'BlockDevice',
      ],
      default: '',
    }),
  }),
  SecretVolumeSource: struct('The keys of a Secret as files.', {
    secretName: f(1, 'string', 'Name of the Secret.'),
    items: f(2, 'KeyToPath[]', 'Only these keys, at these paths.'),
    defaultMode: f(3, 'int32?', 'Mode of the files. Default 0644.', { default: 420 }),
    optional: f(4, 'boolean?', 'Whether the Secret may be missing.'),
  }),
  ConfigMapVolumeSource: struct(
    'The keys of a ConfigMap as files.',
    {
      items: f(2, 'KeyToPath[]', 'Only these keys, at these paths.'),
      defaultMode: f(3, 'int32?', 'Mode of the files. Default 0644.', { default: 420 }),
      optional: f(4, 'boolean?', 'Whether the ConfigMap may be missing.'),
    },
    { inline: [[1, 'LocalObjectReference']] },
  ),
  KeyToPath: struct('Which key becomes which file.', {
    key: f(1, 'string!', 'The key.'),
    path: f(2, 'string!', 'Path inside the volume.'),
    mode: f(3, 'int32?', 'Mode of the file.'),
  }),
  DownwardAPIVolumeSource: struct('Fields of the pod as files.', {
    items: f(1, 'DownwardAPIVolumeFile[]'),
    defaultMode: f(2, 'int32?', '', { default: 420 }),
  }),
  DownwardAPIVolumeFile: struct('One field of the pod as a file.', {
    path: f(1, 'string!'),
    fieldRef: f(2, 'ObjectFieldSelector'),
    resourceFieldRef: f(3, 'ResourceFieldSelector'),
    mode: f(4, 'int32?'),
  }),
  ProjectedVolumeSource: struct('Several sources in one folder.', {
    sources: f(1, 'VolumeProjection[]', 'What the folder contains.'),
    defaultMode: f(2, 'int32?', 'Mode of the files. Default 0644.', { default: 420 }),
  }),
  VolumeProjection: struct('One source of a projected volume; one member is set.', {
    secret: f(1, 'SecretProjection'),
    downwardAPI: f(2, 'DownwardAPIProjection'),
    configMap: f(3, 'ConfigMapProjection'),
    serviceAccountToken: f(4, 'ServiceAccountTokenProjection'),
    clusterTrustBundle: f(5, 'ClusterTrustBundleProjection'),
  }),
  SecretProjection: struct(
    '',
    {
      items: f(2, 'KeyToPath[]'),
      optional: f(4, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']] },
  ),
  ConfigMapProjection: struct(
    '',
    {
      items: f(2, 'KeyToPath[]'),
      optional: f(4, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']] },
  ),
  DownwardAPIProjection: struct('', {
    items: f(1, 'DownwardAPIVolumeFile[]'),
  }),
  ServiceAccountTokenProjection: struct(
    "A token of the pod's ServiceAccount as a file, renewed before it expires.",
    {
      audience: f(1, 'string', 'Whom the token is for; default the API.'),
      expirationSeconds: f(2, 'int64?', 'Default 3600, at least 600.', { default: 3600 }),
      path: f(3, 'string!', 'File inside the volume.'),
    },
  ),
  ClusterTrustBundleProjection: struct('', {
    name: f(1, 'string?'),
    signerName: f(2, 'string?'),
    labelSelector: f(3, 'LabelSelector'),
    optional: f(5, 'boolean?'),
    path: f(4, 'string!'),
  }),
  PersistentVolumeClaimVolumeSource: struct('The volume of a PersistentVolumeClaim.', {
    claimName: f(1, 'string!', 'Name of the claim.'),
    readOnly: f(2, 'boolean', 'Default false.'),
  }),
  EphemeralVolumeSource: struct('A volume whose claim is made and deleted with the pod.', {
    volumeClaimTemplate: f(1, 'PersistentVolumeClaimTemplate'),
  }),
  PersistentVolumeClaimTemplate: struct('The claim to make.', {
    metadata: f(1, 'ObjectMeta'),
    spec: f(2, 'PersistentVolumeClaimSpec!'),
  }),
  CSIVolumeSource: struct('A volume of a CSI driver.', {
    driver: f(1, 'string!'),
    readOnly: f(2, 'boolean?', 'Default false.'),
    fsType: f(3, 'string?'),
    volumeAttributes: f(4, 'string{}'),
    nodePublishSecretRef: f(5, 'LocalObjectReference'),
  }),
  ImageVolumeSource: struct('The content of an image, read only.', {
    reference: f(1, 'string'),
    pullPolicy: f(2, 'string', '', { oneOf: ['Always', 'Never', 'IfNotPresent'] }),
  }),
  GitRepoVolumeSource: struct('Deprecated: a Git checkout.', {
    repository: f(1, 'string!'),
    revision: f(2, 'string'),
    directory: f(3, 'string'),
  }),
};
