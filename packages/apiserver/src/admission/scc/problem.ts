/** One thing that an SCC does not allow a pod. */
export interface Problem {
  /** `spec.containers[0].securityContext.privileged`. */
  readonly field: string;
  /** As Go prints the value. */
  readonly value: string;
  readonly detail: string;
}

/** `.spec.x: Invalid value: true: …`. */
export function describeProblem({ field, value, detail }: Problem): string {
  return `.${field}: Invalid value: ${value}: ${detail}`;
}
