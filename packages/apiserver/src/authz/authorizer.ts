import {
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type Role,
  type RoleBinding,
  type RoleRef,
  type Subject,
  serviceAccountUsername,
} from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AccessDecision, AccessReview } from './access-review.ts';
import { ruleAllows } from './policy-rule.ts';

const GROUP = 'rbac.authorization.k8s.io';
const RESOURCES = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];

type Binding = RoleBinding | ClusterRoleBinding;

interface Bindings {
  readonly cluster: readonly ClusterRoleBinding[];
  readonly byNamespace: ReadonlyMap<string, readonly RoleBinding[]>;
  /** The rules of the roles that were asked for, by their key. */
  readonly rules: Map<string, readonly PolicyRule[] | undefined>;
}

/** A rule that applies to a user, and the binding that says so. */
export interface GrantedRule {
  readonly rule: PolicyRule;
  readonly binding: Binding;
}

/** Role-based access control over the stored roles and bindings. */
export class Authorizer {
  readonly #store: ObjectStore;
  #bindings: Bindings | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
    // The bindings are kept parsed until one changes: each request asks about them.
    for (const resource of RESOURCES) {
      store.subscribe(`${GROUP}/${resource}`, () => {
        this.#bindings = undefined;
      });
    }
  }

  authorize(review: AccessReview): AccessDecision {
    if (review.user.groups.includes('system:masters')) {
      return { allowed: true, reason: 'group system:masters may do everything' };
    }
    for (const { rule, binding } of this.rulesFor(review.user, review.namespace)) {
      if (ruleAllows(rule, review)) return { allowed: true, reason: allowedBy(binding, review.user) };
    }
    return { allowed: false, reason: '' };
  }

  /** The rules that apply to a user, cluster-wide ones first; those of a namespace's bindings where one is given. */
  *rulesFor(user: UserInfo, namespace: string | undefined): Iterable<GrantedRule> {
    const { cluster, byNamespace } = this.#load();
    for (const binding of cluster) {
      if (bindsUser(binding, user)) yield* this.#grantedBy(binding);
    }
    if (!namespace) return;
    for (const binding of byNamespace.get(namespace) ?? []) {
      if (bindsUser(binding, user)) yield* this.#grantedBy(binding);
    }
  }

  /** The rules of a role, or undefined when it does not exist. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const { rules } = this.#load();
    const [resource, place] = ref.kind === 'ClusterRole' ? ['clusterroles', ''] : ['roles', namespace];
    const key = `${resource}/${place}/${ref.name}`;
    if (!rules.has(key)) {
      const stored = this.#store.get({ resource: `${GROUP}/${resource}`, namespace: place, name: ref.name });
      rules.set(key, stored && ((stored.object as Role | ClusterRole).rules ?? []));
    }
    return rules.get(key);
  }

  *#grantedBy(binding: Binding): Iterable<GrantedRule> {
    const namespace = binding.metadata.namespace ?? '';
    for (const rule of this.rulesOf(binding.roleRef, namespace) ?? []) yield { rule, binding };
  }

  #load(): Bindings {
    if (this.#bindings !== undefined) return this.#bindings;
    const list = (resource: string) =>
      this.#store.list({ resource: `${GROUP}/${resource}` }).items.map((item) => item.object);
    const byNamespace = Map.groupBy(
      list('rolebindings') as RoleBinding[],
      (binding) => binding.metadata.namespace ?? '',
    );
    this.#bindings = {
      cluster: list('clusterrolebindings') as ClusterRoleBinding[],
      byNamespace,
      rules: new Map(),
    };
    return this.#bindings;
  }
}

function bindsUser(binding: Binding, user: UserInfo): boolean {
  return (binding.subjects ?? []).some((subject) =>
    isSubject(subject, user, binding.metadata.namespace ?? ''),
  );
}

function isSubject(subject: Subject, user: UserInfo, namespace: string): boolean {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return serviceAccountUsername(subject.namespace || namespace, subject.name) === user.username;
}

/** As Kubernetes words it in SubjectAccessReviews. */
function allowedBy(binding: Binding, user: UserInfo): string {
  const { name, namespace } = binding.metadata;
  const place = namespace ? `${name}/${namespace}` : name;
  const { kind, name: role } = binding.roleRef;
  const subject = (binding.subjects ?? []).find((each) => isSubject(each, user, namespace ?? ''));
  const who =
    subject?.kind === 'ServiceAccount'
      ? `ServiceAccount "${subject.name}/${subject.namespace || namespace}"`
      : `${subject?.kind} "${subject?.name}"`;
  return `RBAC: allowed by ${binding.kind} "${place}" of ${kind} "${role}" to ${who}`;
}
