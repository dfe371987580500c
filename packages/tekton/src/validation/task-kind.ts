/** Whether a reference of this kind is to something that a run can execute; Tekton takes any case. */
export const isTaskKind = (kind = ''): boolean => ['', 'task', 'clustertask'].includes(kind.toLowerCase());

/** Whether a reference of this kind is to a ClusterTask, which v1alpha1 and v1beta1 had for all namespaces. */
export const isClusterTaskKind = (kind = ''): boolean => kind.toLowerCase() === 'clustertask';
