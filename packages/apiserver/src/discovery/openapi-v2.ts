import type { ResourceType } from '@slipway/kube';

/** What clients before kubectl 1.29 ask for; they take nothing else. */
export const OPENAPI_V2_TYPE = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** How the answer is called: the sign in what clients ask for is not allowed in a Content-Type, and Go refuses it. */
export const OPENAPI_V2_CONTENT_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * A Swagger 2.0 document in protobuf (gnostic's openapiv2.proto) that says one thing: each type can be patched with
 * `fieldValidation` and `dryRun`. kubectl before 1.29 looks it up there, and then leaves validation to the server.
 */
export function openApiV2Document(types: readonly ResourceType[]): Buffer {
  const info = Buffer.concat([text(1, 'Kubernetes'), text(2, 'v1')]);
  const paths = types.filter(({ createOnly }) => !createOnly).map((type) => message(2, namedPath(type)));
  return Buffer.concat([text(1, '2.0'), message(2, info), message(8, Buffer.concat(paths))]);
}

/** NamedPathItem with a PathItem whose only operation is `patch`. */
function namedPath(type: ResourceType): Buffer {
  const { group, version, kind, plural } = type;
  const extension = message(2, text(2, JSON.stringify({ group, version, kind })));
  const operation = Buffer.concat([
    message(8, queryParameter('fieldValidation')),
    message(8, queryParameter('dryRun')),
    message(13, Buffer.concat([text(1, 'x-kubernetes-group-version-kind'), extension])),
  ]);
  return Buffer.concat([text(1, `/${group}/${version}/${plural}/{name}`), message(2, message(8, operation))]);
}

/** ParametersItem › Parameter › NonBodyParameter › QueryParameterSubSchema. */
function queryParameter(name: string): Buffer {
  const schema = Buffer.concat([text(2, 'query'), text(4, name), text(6, 'string')]);
  return message(1, message(2, message(3, schema)));
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

/** A length-delimited field; the field numbers here are all below 16, and fit one byte. */
function message(field: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(body.length)]), body]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
