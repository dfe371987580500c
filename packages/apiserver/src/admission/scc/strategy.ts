import { type FieldError, requiredField, type SecurityContextConstraints } from '@slipway/kube';
import type { Strategy } from '../../resources/definition.ts';

const STRATEGIES = ['runAsUser', 'seLinuxContext', 'supplementalGroups', 'fsGroup'] as const;

/** SCCs: each of the four strategies is a decision that somebody must have made. */
export const sccStrategy: Strategy = {
  validate(object): FieldError[] {
    const scc = object as SecurityContextConstraints;
    return STRATEGIES.filter((name) => scc[name]?.type === undefined).map((name) =>
      requiredField(`${name}.type`, `invalid strategy type`),
    );
  },
};
