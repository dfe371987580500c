import { isDeepStrictEqual } from 'node:util';
import { type ClusterRole, labelRequirements, matchesLabels, type PolicyRule } from '@slipway/kube';
import type { ServerContext } from '../context.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { replaceObject } from '../verbs/replace.ts';
import { isChanged } from '../verbs/update.ts';
import { systemRequest } from './system-request.ts';
import { WorkList } from './work-list.ts';

const RESOURCE = 'rbac.authorization.k8s.io/clusterroles';

/** Keeps the rules of each aggregated ClusterRole the sum of those that its selectors choose. */
export class RoleAggregation implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #work: WorkList;
  readonly #unsubscribe: () => void;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#work = new WorkList(() => aggregateRoles(this.#context), context.logger);
    this.#unsubscribe = context.store.subscribe(RESOURCE, () => this.#work.add('all'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#work[Symbol.asyncDispose]();
  }
}

/** Brings all aggregated ClusterRoles up to date. */
export async function aggregateRoles(context: ServerContext): Promise<void> {
  const roles = context.store.list({ resource: RESOURCE }).items;
  for (const stored of roles) {
    const { aggregationRule, rules } = stored.object as ClusterRole;
    if (aggregationRule === undefined) continue;
    const sum = sumOfRules(roles, aggregationRule);
    if (!isDeepStrictEqual(sum, rules ?? [])) await setRules(context, stored, sum);
  }
}

function sumOfRules(
  roles: readonly StoredObject[],
  { clusterRoleSelectors = [] }: NonNullable<ClusterRole['aggregationRule']>,
): PolicyRule[] {
  const selectors = clusterRoleSelectors.map(labelRequirements);
  const chosen = roles.filter(
    ({ object }) =>
      object.aggregationRule === undefined &&
      selectors.some((selector) => matchesLabels(selector, object.metadata.labels)),
  );
  return chosen.flatMap(({ object }) => (object as ClusterRole).rules ?? []);
}

async function setRules(context: ServerContext, stored: StoredObject, rules: PolicyRule[]): Promise<void> {
  const request = systemRequest(context, stored.key);
  if (request === undefined) return;
  try {
    await replaceObject(context, request, stored, { ...stored.copy(), rules }, {});
  } catch (error) {
    // The write in between is an event, and starts this again.
    if (!isChanged(error)) throw error;
  }
}
