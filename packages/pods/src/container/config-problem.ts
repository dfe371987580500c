import { SlipwayError } from '@slipway/core';

/** A container cannot be made from its spec as things are: shown as CreateContainerConfigError, and tried again. */
export class ConfigProblem extends SlipwayError {
  constructor(message: string, cause?: unknown) {
    super('invalid', 'CREATE_CONTAINER_CONFIG', message, { cause });
  }
}
