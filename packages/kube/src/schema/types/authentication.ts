import { f, root, struct, type TypeTable } from '../table.ts';

/** Tokens and who they belong to (authentication.k8s.io/v1). */
export const authenticationTypes: TypeTable = {
  TokenRequest: root('Asks for a token of a ServiceAccount.', {
    spec: f(2, 'TokenRequestSpec!'),
    status: f(3, 'TokenRequestStatus'),
  }),
  TokenReview: root('Asks whom a token belongs to.', {
    spec: f(2, 'TokenReviewSpec!'),
    status: f(3, 'TokenReviewStatus'),
  }),
  SelfSubjectReview: root('Asks who the caller is.', {
    status: f(2, 'SelfSubjectReviewStatus'),
  }),
  TokenRequestSpec: struct('', {
    audiences: f(1, 'string[]!', 'Whom the token is for.'),
    expirationSeconds: f(4, 'int64?', 'How long it is valid.', { default: 3600 }),
    boundObjectRef: f(3, 'BoundObjectReference', 'The object whose deletion ends the token.'),
  }),
  TokenRequestStatus: struct('', {
    token: f(1, 'string!', 'The token.'),
    expirationTimestamp: f(2, 'time!', 'When it expires.'),
  }),
  TokenReviewSpec: struct('', {
    token: f(1, 'string'),
    audiences: f(2, 'string[]'),
  }),
  TokenReviewStatus: struct('', {
    authenticated: f(1, 'boolean'),
    user: f(2, 'UserInfo'),
    audiences: f(4, 'string[]'),
    error: f(3, 'string'),
  }),
  SelfSubjectReviewStatus: struct('', {
    userInfo: f(1, 'UserInfo'),
  }),
  BoundObjectReference: struct('', {
    kind: f(1, 'string'),
    apiVersion: f(2, 'string'),
    name: f(3, 'string'),
    uid: f(4, 'string'),
  }),
  UserInfo: struct('', {
    username: f(1, 'string'),
    uid: f(2, 'string'),
    groups: f(3, 'string[]'),
    extra: f(4, 'strings{}'),
  }),
};
