import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@slipway/core';
import { type KubeObject, serviceAccountUsername } from '@slipway/kube';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ObjectStore } from '../storage/object-store.ts';
import type { IssuerKey } from './issuer-key.ts';
import { serviceAccountUser, type UserInfo } from './user.ts';

/** The issuer, and the audience of tokens that name none: what a cluster made by kubeadm has. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const CLAIMS = 'kubernetes.io';
const LEGACY = 'kubernetes.io/serviceaccount/';

/** An object whose deletion ends a token: a Pod or a Secret. */
export interface BoundObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
}

export interface TokenOptions {
  /** Default: the API server. */
  readonly audiences?: readonly string[];
  /** 600 or more; default 3600. */
  readonly expirationSeconds?: number;
  readonly boundObject?: BoundObject;
}

export interface IssuedToken {
  readonly token: string;
  readonly expires: Date;
}

export interface VerifiedToken {
  readonly user: UserInfo;
  /** Those of the token that were asked for. */
  readonly audiences: readonly string[];
}

interface BoundClaims {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
}

/** Signs and verifies the tokens of ServiceAccounts: bound ones with audience and expiry, and legacy Secrets' ones. */
export class ServiceAccountTokens {
  readonly #key: IssuerKey;
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(key: IssuerKey, store: ObjectStore, clock: Clock) {
    this.#key = key;
    this.#store = store;
    this.#clock = clock;
  }

  /** The document at `/openid/v1/jwks`. */
  get keySet(): { keys: unknown[] } {
    return { keys: [this.#key.jwk] };
  }

  /** A token of the TokenRequest API: ends with its time, its ServiceAccount or its bound object. */
  async issue(account: KubeObject, options: TokenOptions = {}): Promise<IssuedToken> {
    const { audiences = [ISSUER], expirationSeconds = 3600, boundObject } = options;
    const { name, namespace = '', uid = '' } = account.metadata;
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const claims: BoundClaims = {
      namespace,
      serviceaccount: { name: name ?? '', uid },
      ...(boundObject === undefined
        ? {}
        : { [boundObject.kind.toLowerCase()]: { name: boundObject.name, uid: boundObject.uid } }),
    };
    const token = await new SignJWT({ [CLAIMS]: claims })
      .setProtectedHeader({ alg: 'ES256', kid: this.#key.jwk.kid })
      .setIssuer(ISSUER)
      .setSubject(serviceAccountUsername(namespace, name ?? ''))
      .setAudience([...audiences])
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + expirationSeconds)
      .sign(this.#key.privateKey);
    return { token, expires: new Date((now + expirationSeconds) * 1000) };
  }

  /** The token for a Secret of type `kubernetes.io/service-account-token`: ends with the Secret. */
  async issueLegacy(account: KubeObject, secretName: string): Promise<string> {
    const { name = '', namespace = '', uid = '' } = account.metadata;
    return new SignJWT({
      [`${LEGACY}namespace`]: namespace,
      [`${LEGACY}secret.name`]: secretName,
      [`${LEGACY}service-account.name`]: name,
      [`${LEGACY}service-account.uid`]: uid,
    })
      .setProtectedHeader({ alg: 'ES256', kid: this.#key.jwk.kid })
      .setIssuer(LEGACY_ISSUER)
      .setSubject(serviceAccountUsername(namespace, name))
      .sign(this.#key.privateKey);
  }

  /** Who the token stands for, if it is ours, in time, for one of `audiences`, and what it is bound to still exists. */
  async verify(token: string, audiences: readonly string[] = [ISSUER]): Promise<VerifiedToken | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        algorithms: ['ES256'],
        issuer: [ISSUER, LEGACY_ISSUER],
        currentDate: this.#clock.now(),
      });
      if (payload.iss === LEGACY_ISSUER) return this.#verifyLegacy(token, payload, audiences);
      const granted = audiences.filter((audience) => [payload.aud ?? []].flat().includes(audience));
      if (granted.length === 0) return undefined;
      const user = this.#boundUser(payload[CLAIMS] as BoundClaims, payload.jti);
      return user && { user, audiences: granted };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #boundUser(claims: BoundClaims, jti: string | undefined): UserInfo | undefined {
    const { namespace, serviceaccount, pod, secret } = claims;
    const lives = (resource: string, name: string, uid: string): boolean =>
      this.#store.get({ resource, namespace, name })?.uid === uid;
    if (!lives('/serviceaccounts', serviceaccount.name, serviceaccount.uid)) return undefined;
    if (pod !== undefined && !lives('/pods', pod.name, pod.uid)) return undefined;
    if (secret !== undefined && !lives('/secrets', secret.name, secret.uid)) return undefined;
    const extra = {
      'authentication.kubernetes.io/credential-id': [`JTI=${jti}`],
      ...(pod === undefined
        ? {}
        : {
            'authentication.kubernetes.io/pod-name': [pod.name],
            'authentication.kubernetes.io/pod-uid': [pod.uid],
          }),
    };
    return serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid, extra);
  }

  /** A legacy token has no audience and no end: only its Secret, which must still hold it, keeps it alive. */
  #verifyLegacy(
    token: string,
    claims: Readonly<Record<string, unknown>>,
    audiences: readonly string[],
  ): VerifiedToken | undefined {
    const claim = (name: string): string => String(claims[LEGACY + name]);
    const namespace = claim('namespace');
    const name = claim('service-account.name');
    const account = this.#store.get({ resource: '/serviceaccounts', namespace, name });
    if (account === undefined || account.uid !== claim('service-account.uid')) return undefined;
    const secret = this.#store.get({ resource: '/secrets', namespace, name: claim('secret.name') });
    const data = secret?.object.data as Record<string, string> | undefined;
    if (!sameSecret(Buffer.from(data?.token ?? '', 'base64').toString(), token)) return undefined;
    return { user: serviceAccountUser(namespace, name, account.uid), audiences };
  }
}

/** Compares without telling by its time how much was right. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
