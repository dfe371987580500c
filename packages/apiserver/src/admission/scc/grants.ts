/** The commands that let a ServiceAccount use an SCC: OpenShift's, Slipway's and kubectl's. */
export function grantCommands(scc: string, account: string, namespace: string): string[] {
  const role = `system:openshift:scc:${scc}`;
  return [
    `oc adm policy add-scc-to-user ${scc} -z ${account} -n ${namespace}`,
    `slipway grant scc ${scc} -z ${account} -n ${namespace}`,
    `kubectl create rolebinding ${role} -n ${namespace} --clusterrole=${role} --serviceaccount=${namespace}:${account}`,
  ];
}
