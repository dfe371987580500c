/** Fields of Kubernetes containers that steps of v1 have not, and that Tekton never used (docs/migrating-v1beta1-to-v1.md). */
export const containerOnlyFields: readonly string[] = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'stdin',
  'stdinOnce',
  'tty',
];
