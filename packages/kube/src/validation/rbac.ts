import { type FieldError, requiredField, unsupportedField } from '../field-error.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding } from '../objects/rbac.ts';

/** What is wrong with the rules of a Role or ClusterRole. */
export function validateRole({ rules }: Pick<ClusterRole, 'rules'>): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, `rules[${index}]`));
}

function validateRule(rule: PolicyRule, at: string): FieldError[] {
  const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(requiredField(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) return errors;
  if (apiGroups.length === 0) {
    errors.push(requiredField(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(requiredField(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

/** What is wrong with the subjects and the role of a binding. */
export function validateBinding({
  kind,
  roleRef,
  subjects = [],
}: RoleBinding | ClusterRoleBinding): FieldError[] {
  const roles = kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const kinds = ['ServiceAccount', 'User', 'Group'];
  return [
    ...(roles.includes(roleRef.kind) ? [] : [unsupportedField('roleRef.kind', roleRef.kind, roles)]),
    ...subjects.flatMap((subject, index) => {
      const at = `subjects[${index}]`;
      if (!kinds.includes(subject.kind)) return [unsupportedField(`${at}.kind`, subject.kind, kinds)];
      const homeless = subject.kind === 'ServiceAccount' && !subject.namespace && kind !== 'RoleBinding';
      return homeless ? [requiredField(`${at}.namespace`)] : [];
    }),
  ];
}
