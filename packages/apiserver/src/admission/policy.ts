/**
 * What decides about pods: `kubernetes`, the Pod Security levels of namespaces; `openshift`, its security context
 * constraints, and the levels only where a namespace has the label.
 */
export type Policy = 'kubernetes' | 'openshift';
