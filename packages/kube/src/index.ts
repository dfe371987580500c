export type {
  CreateOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  LogOptions,
  ObjectList,
  Patch,
  PatchOptions,
  PodLogOptions,
  PodLogReader,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from './client.ts';
export {
  duplicateField,
  type FieldError,
  type FieldErrorReason,
  fieldPath,
  forbiddenField,
  invalidField,
  notFoundField,
  requiredField,
  tooLongField,
  typeField,
  unsupportedField,
} from './field-error.ts';
export { HttpKubeClient, type HttpKubeClientOptions } from './http/http-client.ts';
export { type KubeconfigOptions, type LoadedKubeconfig, loadKubeconfig } from './http/kubeconfig.ts';
export { type ParsedBody, parseJson } from './json/parse.ts';
export {
  controllerOf,
  findCondition,
  formatMicroTime,
  formatTime,
  keyOf,
  newUid,
  objectKey,
  ownerReference,
  setCondition,
} from './metadata.ts';
export {
  childName,
  dnsLabelProblems,
  dnsSubdomainProblems,
  generateName,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
  randomSuffix,
  SUFFIX_LENGTH,
  suffixFor,
} from './names.ts';
export type {
  Capabilities,
  Container,
  ContainerPort,
  ContainerState,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  HttpGetAction,
  KeySelector,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
  PullPolicy,
  ResourceFieldSelector,
  ResourceList,
  ResourceRequirements,
  SELinuxOptions,
  SeccompProfile,
  SecurityContext,
  VolumeDevice,
  VolumeMount,
  WindowsSecurityContextOptions,
} from './objects/container.ts';
export type {
  ConfigMap,
  Event,
  Namespace,
  Node,
  NodeStatus,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
  Secret,
  ServiceAccount,
} from './objects/core-v1.ts';
export type {
  Image,
  ImageLayer,
  ImagePlatform,
  ImageStream,
  ImageStreamSpec,
  ImageStreamStatus,
  ImageStreamTag,
  ImageStreamTagEvents,
  ImageTagEvent,
} from './objects/image-stream.ts';
export type {
  Condition,
  FieldsV1,
  KubeObject,
  LabelSelector,
  LabelSelectorRequirement,
  LocalObjectReference,
  ManagedFieldsEntry,
  ObjectMeta,
  ObjectReference,
  OwnerReference,
} from './objects/metadata.ts';
export type { LimitRange, LimitRangeItem, Service } from './objects/namespace-policy.ts';
export type {
  EmbeddedTask,
  Matrix,
  Pipeline,
  PipelineRef,
  PipelineResult,
  PipelineSpec,
  PipelineTask,
  PipelineTaskMetadata,
  PipelineTaskWorkspace,
  PipelineWorkspaceDeclaration,
} from './objects/pipeline.ts';
export type {
  PipelineResource,
  PipelineResourceSpec,
  ResourceParam,
  SecretParam,
} from './objects/pipeline-resource.ts';
export type {
  ChildStatusReference,
  PipelineRun,
  PipelineRunSpec,
  PipelineRunStatus,
  PipelineTaskRunSpec,
  PipelineTaskRunTemplate,
  PipelineTimeouts,
  SkippedTask,
} from './objects/pipelinerun.ts';
export type {
  HostAlias,
  Pod,
  PodDnsConfig,
  PodPhase,
  PodSecurityContext,
  PodSpec,
  PodStatus,
  Toleration,
  TopologySpreadConstraint,
} from './objects/pod.ts';
export type { Project, ProjectRequest, User } from './objects/project.ts';
export type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from './objects/rbac.ts';
export type {
  RegistryMaintenance,
  RegistryMaintenanceSpec,
  RegistryMaintenanceStatus,
} from './objects/registry-maintenance.ts';
export type {
  AccessReviewStatus,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  TokenRequest,
  TokenReview,
  UserInfo,
} from './objects/reviews.ts';
export type {
  GroupStrategy,
  IdRange,
  RunAsUserStrategy,
  SELinuxStrategy,
  SecurityContextConstraints,
} from './objects/security-context-constraints.ts';
export {
  type CredentialOrder,
  STEPS_ANNOTATION,
  type StepOrder,
  type StepsAnnotation,
} from './objects/steps-annotation.ts';
export type {
  Param,
  ParamSpec,
  ParamType,
  ParamValue,
  ResolverRef,
  Sidecar,
  Step,
  StepTemplate,
  Task,
  TaskResult,
  TaskSpec,
  WhenExpression,
  WorkspaceBinding,
  WorkspaceDeclaration,
  WorkspaceUsage,
} from './objects/task.ts';
export type {
  Artifact,
  PodTemplate,
  Provenance,
  SidecarState,
  StepState,
  TaskRef,
  TaskRun,
  TaskRunResult,
  TaskRunSpec,
  TaskRunStatus,
} from './objects/taskrun.ts';
export type { TektonCondition, TektonConditionSpec } from './objects/tekton-condition.ts';
export type {
  ConfigMapVolumeSource,
  CsiVolumeSource,
  DownwardApiFile,
  DownwardApiVolumeSource,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  KeyToPath,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
  VolumeSource,
} from './objects/volume.ts';
export { type OpenApiDocument, openApiDocument, openApiIndex, openApiPath } from './openapi/document.ts';
export { type JsonPatchOperation, jsonPatch } from './patches/json-patch.ts';
export { mergeDiff, mergePatch } from './patches/merge-patch.ts';
export {
  type Applied,
  type ApplyRequest,
  isChange,
  serverSideApply,
  trackUpdate,
  type UpdateRequest,
} from './patches/server-side-apply.ts';
export { strategicMergePatch } from './patches/strategic-merge-patch.ts';
export { decodeKubeProtobuf } from './protobuf/decode.ts';
export { parseQuantity } from './quantity.ts';
export {
  apiVersionOf,
  olderResources,
  qualifiedResource,
  type ResourceType,
  resourceFor,
  resourcePath,
  resources,
  splitApiVersion,
} from './resources.ts';
export { applyDefaults } from './schema/default.ts';
export { type KindSchema, kindSchema, schemaFor } from './schema/kinds.ts';
export { type Pruned, pruneObject, strictDecodingError, strictProblems } from './schema/prune.ts';
export type {
  FieldSchema,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  Schema,
} from './schema/schema.ts';
export { validateObject } from './schema/validate.ts';
export {
  type FieldRequirement,
  matchesFields,
  parseFieldSelector,
} from './selectors/field-selector.ts';
export {
  formatLabelSelector,
  type LabelRequirement,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from './selectors/label-selector.ts';
export { parseServiceAccountUsername, serviceAccountUsername } from './service-account-username.ts';
export type { Status, StatusCause, StatusDetails, StatusReason } from './status.ts';
export { isStatus, StatusError, toStatusError } from './status-error.ts';
export { validateMetadata } from './validation/metadata.ts';
export {
  type Controller,
  type ControllerOptions,
  controller,
  ownerKeys,
  type ResyncTrigger,
} from './watch/controller.ts';
export { Informer, type InformerEvent, type InformerOptions, watchAll } from './watch/informer.ts';
export {
  type Reconciled,
  type ReconcileResult,
  WorkQueue,
  type WorkQueueOptions,
} from './watch/work-queue.ts';
export { type Manifest, parseManifests, parseYamlValue } from './yaml/manifests.ts';
export { stringifyYaml } from './yaml/stringify.ts';
export {
  isMap,
  isScalar,
  isSeq,
  Pair,
  parseYamlTrees,
  Scalar,
  visitText,
  YAMLMap,
  YAMLSeq,
  type YamlNode,
  type YamlTree,
  yamlNode,
} from './yaml/tree.ts';
