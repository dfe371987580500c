import type { ServerResponse } from 'node:http';
import type { Digest } from '@slipway/oci';
import { sendEmpty } from '../http/respond.ts';

/** The headers that tell where an upload goes on and what it has. */
export function uploadHeaders(repository: string, id: string, offset: number): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    // Nothing is written "0-0", as other registries do: the header has no form for an empty range.
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  };
}

export function sendUploadAccepted(
  response: ServerResponse,
  repository: string,
  id: string,
  offset: number,
): void {
  sendEmpty(response, 202, uploadHeaders(repository, id, offset));
}

export function sendBlobCreated(response: ServerResponse, repository: string, digest: Digest): void {
  sendEmpty(response, 201, {
    Location: `/v2/${repository}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  });
}
