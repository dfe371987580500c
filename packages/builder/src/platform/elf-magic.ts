/** How the kernel knows programs of a platform: the start of their files, and which bits of it count. */
export interface ElfMagic {
  readonly magic: Buffer;
  readonly mask: Buffer;
  /** QEMU's name of the architecture: `qemu-<name>-static`. */
  readonly qemu: string;
}

/** ELF class (1: 32 bits, 2: 64 bits), byte order (1: little, 2: big), e_machine (elf.h), QEMU's name; by Go's architecture. */
const MACHINES: Readonly<
  Record<string, readonly [bits: 1 | 2, order: 1 | 2, machine: number, qemu: string]>
> = {
  '386': [1, 1, 3, 'i386'],
  amd64: [2, 1, 62, 'x86_64'],
  arm: [1, 1, 40, 'arm'],
  arm64: [2, 1, 183, 'aarch64'],
  loong64: [2, 1, 258, 'loongarch64'],
  mips64le: [2, 1, 8, 'mips64el'],
  ppc64le: [2, 1, 21, 'ppc64le'],
  riscv64: [2, 1, 243, 'riscv64'],
  s390x: [2, 2, 22, 's390x'],
};

/** The magic of an architecture's programs; undefined for one that is not known. */
export function elfMagic(architecture: string): ElfMagic | undefined {
  const machine = Object.hasOwn(MACHINES, architecture) ? MACHINES[architecture] : undefined;
  if (machine === undefined) return undefined;
  const [bits, order, number, qemu] = machine;
  const magic = Buffer.alloc(20);
  magic.set([0x7f, 0x45, 0x4c, 0x46, bits, order, 1]);
  const mask = Buffer.alloc(20, 0xff);
  mask[7] = 0; // the ABI: Linux or System V
  // e_type is 2 (an executable) or 3 (position independent): the lowest bit does not count.
  if (order === 1) {
    magic.writeUInt16LE(2, 16);
    magic.writeUInt16LE(number, 18);
    mask[16] = 0xfe;
  } else {
    magic.writeUInt16BE(2, 16);
    magic.writeUInt16BE(number, 18);
    mask[17] = 0xfe;
  }
  return { magic, mask, qemu };
}
