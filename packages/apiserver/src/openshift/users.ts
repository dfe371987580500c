import { StatusError, type User } from '@slipway/kube';
import type { ResourceView } from '../resources/definition.ts';
import { StoredObject } from '../storage/stored-object.ts';

/** Users: each sees only itself, under its name and under `~` (`oc whoami`). */
export const userView: ResourceView = {
  get(_context, { user, name, definition }) {
    if (name !== '~' && name !== user.username) throw StatusError.notFound(definition.type, name);
    const object: User = {
      kind: 'User',
      apiVersion: 'user.openshift.io/v1',
      metadata: { name: user.username, ...(user.uid && { uid: user.uid }) },
      identities: null,
      groups: [...user.groups],
    };
    const key = { resource: 'user.openshift.io/users', namespace: '', name: user.username };
    return new StoredObject(key, user.uid ?? '', 0, JSON.stringify(object));
  },
};
