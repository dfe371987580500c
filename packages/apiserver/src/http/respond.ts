import type { ServerResponse } from 'node:http';
import { stringifyYaml } from '@slipway/kube';
import { apiError } from '../api-error.ts';
import type { Accepted } from './negotiation.ts';

/** A JSON document that is text already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Answers with a document, as JSON or YAML. */
export function sendDocument(
  response: ServerResponse,
  code: number,
  document: unknown,
  accepted: Accepted = { format: 'json' },
): void {
  const isYaml = accepted.format === 'yaml' && !(document instanceof JsonText);
  const json = (): string => (document instanceof JsonText ? document.text : JSON.stringify(document));
  const body = Buffer.from(isYaml ? stringifyYaml(document) : json());
  // A handler may have set a more exact type.
  if (!response.hasHeader('content-type')) {
    response.setHeader('content-type', isYaml ? 'application/yaml' : 'application/json');
  }
  response.writeHead(code, { 'content-length': body.length });
  response.end(body);
}

/** Adds a warning, which kubectl prints (RFC 7234 §5.5, code 299). */
export function addWarning(response: ServerResponse, text: string): void {
  const printable = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
  response.appendHeader('warning', `299 - "${printable}"`);
}

/** Answers with a failure, or ends the connection when the answer has begun. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status } = apiError(error);
  response.removeHeader('content-type');
  if (status.code === 401) response.setHeader('www-authenticate', 'Bearer realm="kubernetes"');
  if (status.details?.retryAfterSeconds) response.setHeader('retry-after', status.details.retryAfterSeconds);
  // The rest of a body that is too large is not read: the connection cannot be used again.
  if (status.code === 413) response.setHeader('connection', 'close');
  sendDocument(response, status.code, status);
}
