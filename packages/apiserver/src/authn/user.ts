import { serviceAccountUsername } from '@slipway/kube';

/** Who makes a request, as authentication found out. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The control plane itself: may do everything, as Kubernetes' loopback client. */
export const CONTROL_PLANE: UserInfo = {
  username: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

/** The user that a ServiceAccount's token stands for. */
export function serviceAccountUser(
  namespace: string,
  name: string,
  uid: string,
  extra?: Readonly<Record<string, readonly string[]>>,
): UserInfo {
  return {
    username: serviceAccountUsername(namespace, name),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    ...(extra === undefined ? {} : { extra }),
  };
}
