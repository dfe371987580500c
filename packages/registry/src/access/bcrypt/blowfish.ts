import { piWords } from './pi-words.ts';

const ROUND_KEYS = 18;
const BOX_WORDS = 4 * 256;
let initial: Uint32Array | undefined;

/** Blowfish as bcrypt needs it: the key schedule with a salt, and the encryption of one 64-bit block. */
export class Blowfish {
  readonly #keys: Uint32Array;
  readonly #boxes: Uint32Array;
  /** The block that `encrypt` works on. */
  left = 0;
  right = 0;

  constructor() {
    initial ??= piWords(ROUND_KEYS + BOX_WORDS);
    this.#keys = initial.slice(0, ROUND_KEYS);
    this.#boxes = initial.slice(ROUND_KEYS);
  }

  /** ExpandKey of Provos and Mazières 1999; without salt the plain Blowfish key schedule. */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const keyWords = cycle(key);
    for (let index = 0; index < ROUND_KEYS; index++) this.#keys[index]! ^= keyWords();
    const saltWords = salt === undefined ? () => 0 : cycle(salt);
    this.left = 0;
    this.right = 0;
    for (const target of [this.#keys, this.#boxes]) {
      for (let index = 0; index < target.length; index += 2) {
        this.left ^= saltWords();
        this.right ^= saltWords();
        this.encrypt();
        target[index] = this.left;
        target[index + 1] = this.right;
      }
    }
  }

  /** Encrypts the block in `left` and `right` in place. */
  encrypt(): void {
    const keys = this.#keys;
    const boxes = this.#boxes;
    let left = this.left ^ keys[0]!;
    let right = this.right;
    for (let round = 1; round <= 16; round += 2) {
      right ^= scramble(boxes, left) ^ keys[round]!;
      left ^= scramble(boxes, right) ^ keys[round + 1]!;
    }
    this.left = right ^ keys[17]!;
    this.right = left;
  }
}

function scramble(boxes: Uint32Array, x: number): number {
  const sum = boxes[x >>> 24]! + boxes[256 + ((x >>> 16) & 255)]!;
  return ((sum ^ boxes[512 + ((x >>> 8) & 255)]!) + boxes[768 + (x & 255)]!) | 0;
}

/** The bytes as big-endian words, over and over. */
function cycle(bytes: Uint8Array): () => number {
  let position = 0;
  return () => {
    let word = 0;
    for (let count = 0; count < 4; count++) {
      word = (word << 8) | bytes[position]!;
      position = (position + 1) % bytes.length;
    }
    return word;
  };
}
