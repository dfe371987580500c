import { olderResources, type ResourceType, resources } from '@slipway/kube';
import { sccStrategy } from '../admission/scc/strategy.ts';
import { accessReviewView } from '../openshift/access-review.ts';
import { projectRequestView, projectView } from '../openshift/projects.ts';
import { userView } from '../openshift/users.ts';
import type { Column } from '../tables/column.ts';
import {
  CLAIM_COLUMNS,
  CONFIG_MAP_COLUMNS,
  DEFAULT_COLUMNS,
  EVENT_COLUMNS,
  NAMESPACE_COLUMNS,
  NODE_COLUMNS,
  ROLE_BINDING_COLUMNS,
  ROLE_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_ACCOUNT_COLUMNS,
} from '../tables/core-columns.ts';
import { CREATED_COLUMNS, SERVICE_COLUMNS } from '../tables/namespace-columns.ts';
import { PROJECT_COLUMNS, SCC_COLUMNS } from '../tables/openshift-columns.ts';
import { POD_COLUMNS } from '../tables/pod-columns.ts';
import { RESOURCE_COLUMNS, RUN_COLUMNS } from '../tables/tekton-columns.ts';
import {
  bindingStrategy,
  claimStrategy,
  configMapStrategy,
  namespaceStrategy,
  secretStrategy,
} from './core-strategies.ts';
import type { ResourceDefinition } from './definition.ts';
import { podStrategy } from './pod-strategy.ts';
import { serviceStrategy } from './service-strategy.ts';
import type { Convert } from './versions.ts';

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'type',
];
const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];

type Particulars = Partial<Omit<ResourceDefinition, 'type'>>;

/** A built-in kind of Kubernetes. */
function builtin(
  type: ResourceType,
  columns: readonly Column[],
  particulars: Particulars = {},
): ResourceDefinition {
  return {
    type,
    custom: false,
    columns,
    selectableFields: [],
    strategy: {},
    ...particulars,
  };
}

/** A kind that behaves as one of a CustomResourceDefinition; `columns` follow its name, by default its age. */
export function customResource(
  type: ResourceType,
  columns: readonly Column[] = DEFAULT_COLUMNS,
  particulars: Particulars = {},
): ResourceDefinition {
  return builtin(type, columns, { ...particulars, custom: true });
}

const binding: Particulars = { strategy: bindingStrategy };

/** The reviews: questions that are answered and not kept. */
const REVIEWS = Object.values(resources)
  .filter((type: ResourceType) => type.createOnly)
  .map((type) => builtin(type, DEFAULT_COLUMNS));

/** The kinds that every Slipway control plane serves. */
export const BUILTIN_RESOURCES: readonly ResourceDefinition[] = [
  builtin(resources.namespaces, NAMESPACE_COLUMNS, {
    selectableFields: ['status.phase'],
    strategy: namespaceStrategy,
  }),
  builtin(resources.pods, POD_COLUMNS, { selectableFields: POD_FIELDS, strategy: podStrategy }),
  builtin(resources.configmaps, CONFIG_MAP_COLUMNS, { strategy: configMapStrategy }),
  builtin(resources.secrets, SECRET_COLUMNS, { selectableFields: ['type'], strategy: secretStrategy }),
  builtin(resources.serviceaccounts, SERVICE_ACCOUNT_COLUMNS),
  builtin(resources.events, EVENT_COLUMNS, { selectableFields: EVENT_FIELDS }),
  builtin(resources.persistentvolumeclaims, CLAIM_COLUMNS, { strategy: claimStrategy }),
  builtin(resources.nodes, NODE_COLUMNS, { selectableFields: ['spec.unschedulable'] }),
  builtin(resources.limitranges, CREATED_COLUMNS),
  builtin(resources.services, SERVICE_COLUMNS, { strategy: serviceStrategy }),
  builtin(resources.roles, ROLE_COLUMNS),
  builtin(resources.rolebindings, ROLE_BINDING_COLUMNS, binding),
  builtin(resources.clusterroles, ROLE_COLUMNS),
  builtin(resources.clusterrolebindings, ROLE_BINDING_COLUMNS, binding),
  ...REVIEWS,
  builtin(resources.projects, PROJECT_COLUMNS, { view: projectView }),
  builtin(resources.projectrequests, DEFAULT_COLUMNS, { view: projectRequestView }),
  builtin(resources.openshiftsubjectaccessreviews, DEFAULT_COLUMNS, { view: accessReviewView }),
  builtin(resources.users, DEFAULT_COLUMNS, { view: userView }),
  builtin(resources.securitycontextconstraints, SCC_COLUMNS, { strategy: sccStrategy }),
  customResource(resources.tasks),
  customResource(resources.taskruns, RUN_COLUMNS),
  customResource(resources.pipelines),
  customResource(resources.pipelineruns, RUN_COLUMNS),
  customResource(resources.pipelineresources, RESOURCE_COLUMNS),
  customResource(resources.conditions),
  customResource(resources.clustertasks),
];

/** Tekton's kinds in the versions before v1: for a server that is told how to convert them. */
export function olderTektonTypes(convert: Convert): ResourceDefinition[] {
  return olderResources.map((type) => {
    const isRun = type.subresources?.includes('status');
    return customResource(type, isRun ? RUN_COLUMNS : DEFAULT_COLUMNS, { convert });
  });
}
